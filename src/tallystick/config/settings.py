"""Django's settings, all from the environment: `TALLYSTICK_…`, typed and checked at start (see `config/environment.py`)."""

from pathlib import Path

from tallystick.config.environment import Environment

ENVIRONMENT = Environment.read()
PACKAGE = Path(__file__).resolve().parent.parent

DEBUG = False
DATA_DIR = ENVIRONMENT.data_dir
BASE_URL = ENVIRONMENT.base_url
SECRET_KEYS = ENVIRONMENT.secret_keys
VAULT_KEYS = ENVIRONMENT.vault_keys
SIGN_UP = ENVIRONMENT.sign_up
EMAIL_URL = ENVIRONMENT.email_url
SMS_URL = ENVIRONMENT.sms_url
DEMO = ENVIRONMENT.demo
SANDBOX_URL = ENVIRONMENT.sandbox_url
CONNECTORS_DIR = ENVIRONMENT.connectors_dir
CONNECTOR_SETTINGS = ENVIRONMENT.connector_settings
SECURE_SITE = BASE_URL.startswith("https://")

SECRET_KEY = SECRET_KEYS[0]
SECRET_KEY_FALLBACKS = SECRET_KEYS[1:]
ALLOWED_HOSTS = [ENVIRONMENT.host]
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "tallystick.web",
    "tallystick.notifications",
    "tallystick.endings",
    "tallystick.invitations",
    "tallystick.connections",
    "tallystick.partnerships",
    "tallystick.organisations",
    "tallystick.accounts",
    "tallystick.audit",
    "tallystick.outbox",
    "tallystick.jobs",
    "tallystick.core",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "lucide",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "tallystick.config.logs.RequestLog",
    "tallystick.web.middleware.headers.SecurityHeaders",
    "tallystick.config.health.Health",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tallystick.accounts.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tallystick.web.middleware.language.PersonLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tallystick.web.middleware.buttons.OnlyByButton",
    "tallystick.web.middleware.tenant.Tenant",
    "tallystick.web.middleware.refusals.Refusals",
]

ROOT_URLCONF = "tallystick.config.urls"
WSGI_APPLICATION = "tallystick.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates", PACKAGE / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tallystick.web.context.page",
            ],
        },
    }
]

DATABASES = {"default": ENVIRONMENT.database()}
SERVING_ROLE = ENVIRONMENT.serving_role
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
MIGRATION_MODULES: dict[str, str] = {}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("nl", "Nederlands")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [PACKAGE / "web" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Cookies and transport (quality bar 17, 92). Browsers take `Secure` cookies from http://localhost as well.
_PREFIX = "__Host-"
SESSION_COOKIE_NAME = f"{_PREFIX}session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_ENGINE = "tallystick.accounts.sessions"
CSRF_COOKIE_NAME = f"{_PREFIX}csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "tallystick.web.errors.csrf_failure"
LANGUAGE_COOKIE_NAME = f"{_PREFIX}language"
LANGUAGE_COOKIE_SECURE = True
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_SITE else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
USE_X_FORWARDED_HOST = False

LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Files are small here, and kept in memory: a large one is not taken, so that nobody fills the disk.
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_SITE else None
LOGGING_CONFIG = "tallystick.config.logs.configure"
LOGGING = {"format": ENVIRONMENT.log_format}

# What allauth is told (docs/decisions/accounts-and-allauth.md): passkeys, and nothing of its own sign-in.
AUTHENTICATION_BACKENDS = ["tallystick.accounts.backends.Accounts"]
ACCOUNT_ADAPTER = "tallystick.accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # exact limits are `accounts/models/limits.py`
MFA_ADAPTER = "tallystick.accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"

SILENCED_SYSTEM_CHECKS: list[str] = []
