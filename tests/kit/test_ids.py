from pushcart.kit import ids


def test_it_makes_hashes_that_can_be_read_out():
    hashes = {ids.short_hash() for _ in range(2000)}
    assert len(hashes) == 2000
    assert {len(one) for one in hashes} == {8}
    assert set("".join(hashes)) <= set(ids.ALPHABET)
    assert not set("0O1I") & set(ids.ALPHABET)


def test_it_says_what_an_identifier_names():
    uid = ids.tagged("evt")
    assert uid.startswith("evt_")
    assert len(uid) == 28
