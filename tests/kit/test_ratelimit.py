from pushcart.kit.ratelimit import RateLimiter


class Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_grants_a_burst_and_then_refuses():
    limiter = RateLimiter(3, clock=Watch())
    assert [limiter.take(b"a").granted for _ in range(4)] == [True, True, True, False]


def test_it_says_what_is_left_and_when_to_come_back():
    watch = Watch()
    limiter = RateLimiter(60, clock=watch)
    first = limiter.take(b"a")
    assert (first.limit, first.remaining, first.reset, first.retry_after) == (60, 59, 1, 0)
    for _ in range(59):
        limiter.take(b"a")
    refused = limiter.take(b"a")
    assert (refused.granted, refused.remaining, refused.reset, refused.retry_after) == (False, 0, 60, 1)


def test_it_fills_again_with_time():
    watch = Watch()
    limiter = RateLimiter(60, clock=watch)
    for _ in range(60):
        limiter.take(b"a")
    watch.now = 2.0
    assert [limiter.take(b"a").granted for _ in range(3)] == [True, True, False]


def test_it_counts_each_key_by_itself():
    limiter = RateLimiter(1, clock=Watch())
    assert limiter.take(b"a").granted
    assert not limiter.take(b"a").granted
    assert limiter.take(b"b").granted


def test_it_remembers_no_more_keys_than_it_may():
    limiter = RateLimiter(1, keys=2, clock=Watch())
    for key in (b"a", b"b", b"c"):
        limiter.take(key)
    assert not limiter.take(b"c").granted
    assert limiter.take(b"a").granted
