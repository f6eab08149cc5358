"""Ana before anybody gave her a right: these tests are about giving them."""

import pytest
from django.contrib.auth.models import User

from tests.pages.conftest import PASSWORD


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_user("ana", password=PASSWORD)
