"""Answers kept for callers who ask the same thing again (contract, section 2: Idempotency-Key)."""

from __future__ import annotations

from django.db import models

from pushcart.companies.models import ApiKey
from pushcart.kit import clock


class IdempotentAnswer(models.Model):
    """One use of an Idempotency-Key by one API key. Without a status the first request is still at work, or died."""

    api_key = models.ForeignKey(ApiKey, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)  # of the path and the body
    begun_at = models.DateTimeField(default=clock.now)
    status = models.IntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "key"], name="api_one_answer_per_key")]
        indexes = [models.Index(fields=["begun_at"], name="api_old_answers")]
