"""Who can sign in and stay signed in."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser

from accounts.models import User


class Backend(AuthenticationBackend):
    """Accept users who are active and whose customer is not suspended. Django asks at every request."""

    def user_can_authenticate(self, user: AbstractBaseUser | None) -> bool:
        customer = user.customer if isinstance(user, User) else None
        return super().user_can_authenticate(user) and (customer is None or customer.suspended_at is None)

    def get_user(self, user_id: int) -> AbstractBaseUser | None:
        # With what the check above needs, and the header of every page.
        user = User.objects.select_related("customer", "home_org_unit").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
