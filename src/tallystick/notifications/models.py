"""What waits for somebody's daily digest."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tallystick.accounts.models import User
from tallystick.core.models import Row


class DigestLine(Row):
    """One thing to be told in a person's next digest: the subject that its own mail would have had."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    once = models.CharField(max_length=200, unique=True)
    subject = models.CharField(max_length=100)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["person", "created_at"], name="digest_lines_of_person")]

    def __str__(self) -> str:
        return self.subject
