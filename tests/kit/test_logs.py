from __future__ import annotations

import json
import logging

import pytest
import structlog
from django.core.exceptions import ImproperlyConfigured

from pushcart.kit.logs import Redacting, level, redacted

KEY = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("POST /api/v2/cart/AB/601?status=confirmed&name=Ada", "POST /api/v2/cart/AB/601?..."),
        ("at https://a.example/x?email=ada@shopper.example: 500", "at https://a.example/x?... 500"),
        ("was that /right? Yes", "was that /right? Yes"),
        (f"Not Found: /order/O3V36TQZ/{KEY[:31]}Z", "Not Found: /order/O3V36TQZ/..."),
        ("Not Found: /decide/eyJjYXJ0Ijo3fQ:1abcDE:x-y_zABCDEF", "Not Found: /decide/..."),
        ("Not Found: /setup/eyJjIjo3fQ:1abcDE:x-y_zABC/rates", "Not Found: /setup/.../rates"),
        (f"the key {KEY} is old", "the key ... is old"),
        (f"the key test_{KEY} is old", "the key test_... is old"),
        ("whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy0=", "whsec_..."),
        ("seti_1Nabcdefghijklmnop for a card", "seti_... for a card"),
        ("evt_0123456789abcdef01234567 of cart O3V36TQZ", "evt_0123456789abcdef01234567 of cart O3V36TQZ"),
    ],
)
def test_it_shows_no_query_no_key_and_no_secret(said, shown):
    line = redacted(None, "info", json.dumps({"event": said}))
    assert json.loads(line) == {"event": shown}


def test_it_redacts_every_line_of_the_installation(capsys):
    structlog.get_logger().error("api.failed", path="/x?name=Ada&card_token=seti_0123456789abcdef", exc_info=None)
    line = json.loads(capsys.readouterr().out)
    assert line["path"] == "/x?..."
    assert line["level"] == "error"


def test_what_libraries_log_shows_none_either(client, db, caplog):
    client.get("/decide/eyJjYXJ0Ijo3fQ:1abcDE:x-y_zABCDEF/nothing?name=Ada")
    (record,) = [record for record in caplog.records if record.name == "django.request"]
    assert "x-y_zABCDEF" in record.getMessage()
    (handler,) = [each for each in logging.getLogger().handlers if isinstance(each.formatter, Redacting)]
    assert handler.format(record) == "WARNING django.request: Not Found: /decide/.../nothing"


def test_it_knows_its_levels_and_no_others():
    assert [level("debug"), level("INFO"), level("error")] == [10, 20, 40]
    with pytest.raises(ImproperlyConfigured, match="'loud'; it can be debug, info, warning, error"):
        level("loud")
