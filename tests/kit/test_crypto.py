import pytest

from pushcart.kit import crypto


@pytest.fixture(autouse=True)
def _fresh_keys():
    crypto.derived_key.cache_clear()
    crypto._box.cache_clear()
    yield
    crypto.derived_key.cache_clear()
    crypto._box.cache_clear()


def test_it_opens_what_it_sealed():
    sealed = crypto.seal("ea432b8a", use="api-key")
    assert "ea432b8a" not in sealed
    assert crypto.unseal(sealed, use="api-key") == "ea432b8a"


def test_it_opens_nothing_of_another_use():
    sealed = crypto.seal("secret", use="api-key")
    with pytest.raises(crypto.SealBrokenError, match="A stored webhook-secret can't be opened"):
        crypto.unseal(sealed, use="webhook-secret")


def test_it_opens_with_an_older_key_and_seals_with_the_new(settings):
    sealed = crypto.seal("secret", use="api-key")
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new one", [old]
    crypto._box.cache_clear()
    crypto.derived_key.cache_clear()
    assert crypto.unseal(sealed, use="api-key") == "secret"
    renewed = crypto.seal("secret", use="api-key")
    settings.SECRET_KEY_FALLBACKS = []
    crypto._box.cache_clear()
    assert crypto.unseal(renewed, use="api-key") == "secret"
    with pytest.raises(crypto.SealBrokenError):
        crypto.unseal(sealed, use="api-key")


def test_it_hashes_by_use():
    assert len(crypto.keyed_hash("k", use="api-key")) == 32
    assert crypto.keyed_hash("k", use="api-key") == crypto.keyed_hash("k", use="api-key")
    assert crypto.keyed_hash("k", use="api-key") != crypto.keyed_hash("k", use="other")
