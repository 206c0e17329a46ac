"""A definition is checked before it is used: each fault gets a sentence, and all of them come at once."""

from pathlib import Path

import pytest

from tallystick.config import cli
from tallystick.connectors.checking import check
from tallystick.connectors.loading import load

GOOD = """
slug = "fruit-shop"
name = "Fruit Shop"
category = "ecommerce"
confidence = "from-docs"
can_ask_owner = true
hosts = ["{shop}.fruit.example", "login.fruit.example"]

[[inputs]]
key = "shop"
pattern = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
example = "apple"

[auth]
kind = "oauth2"
authorise_url = "https://login.fruit.example/authorise"
token_url = "https://{shop}.fruit.example/token"
scopes = ["orders.read"]

[tokens]
life = 3600
lead = 300
refresh = true
rotates = "yes"

[identity]
url = "https://{shop}.fruit.example/me"
id = "id"
name = "name"

[[reads]]
url = "https://{shop}.fruit.example/orders"
each = "."
id = "id"
label = "number"

[words.en]
about = "Your fruit."
authoriser = "The owner"
account = "shop"
ask_owner = "Yes."
removal = "Press Remove there."

[words.en.inputs.shop]
label = "Shop"

[words.en.scopes]
"orders.read" = "see your orders"
"""

TEN_FAULTS = """
slug = "Fruit Shop"
name = "Fruit Shop"
category = "fruit"
confidence = "from-docs"
can_ask_owner = "yes"
hosts = ["{shop}.fruit.example"]
colour = "green"

[[inputs]]
key = "shop"
pattern = ".*"
example = "apple"

[auth]
kind = "oauth2"
authorise_url = "https://login.fruit.example/authorise"
pkce = "perhaps"

[tokens]
life = 300
lead = 300
refresh = true

[identity]
url = "https://{shop}.fruit.example/me"
id = "id"

[[reads]]
url = "https://{shop}.fruit.example/orders"
each = "."
id = "id"
label = "number"

[words.en]
about = "Your fruit."
authoriser = "The owner"
account = "shop"
ask_owner = "Yes."
removal = "Press Remove there."

[words.en.inputs.shop]
label = "Shop"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "fruit-shop.toml"
    path.write_text(GOOD)
    return path


def changed(file: Path, old: str, new: str) -> list[str]:
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1))
    return check(file)


def test_a_good_definition_has_no_faults(file: Path) -> None:
    assert check(file) == []


def test_the_one_in_the_documents_has_no_faults(file: Path) -> None:
    written = (Path(__file__).parents[2] / "docs" / "connectors.md").read_text()
    file.write_text(written.split("```toml\n")[1].split("```")[0])
    assert check(file) == []


def test_a_folder_will_do(tmp_path: Path) -> None:
    (tmp_path / "connector.toml").write_text(GOOD)
    assert check(tmp_path) == []


def test_ten_faults_get_ten_sentences(file: Path) -> None:
    file.write_text(TEN_FAULTS)
    faults = check(file)
    assert len(faults) == 10, "\n".join(faults)
    keys = "slug category can_ask_owner colour inputs.shop.pattern identity.name"
    keys += " auth.token_url auth.authorise_url auth.pkce tokens.lead"
    for key in keys.split():
        (sentence,) = [each for each in faults if each.startswith(f"{file}: {key} ")]
        assert sentence.endswith(".")
        assert " is " in sentence


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"orders.read" = "see your orders"', "", "words.en.scopes.orders.read is missing. Say it in plain words."),
        (
            '"see your orders"',
            '"see"\nlemons = "see lemons"',
            "words.en.scopes.lemons is 'see lemons'. Nothing here is called so",
        ),
        ("[words.en.inputs", '[words.nl]\nabout = "Fruit."\n[words.en.inputs', "words.nl.authoriser is missing"),
        ("https://login", "http://login", "reached by https"),
        ("https://login", "https://bob@login", "without user name"),
        ("https://login.fruit.example", "https://evil.example", "Its host evil.example is not among hosts"),
        ("/me", "/{company}/me", "{company} is not known here"),
        ("/me", "/me?key={access_token}", "access_token is secret, and addresses are logged"),
        ("lead = 300", "lead = 3600", "It must be shorter than tokens.life: try 360"),
        (
            "refresh = true",
            "refresh = false",
            "tokens.rotates is 'yes'. Without refresh = true there is no refresh token",
        ),
        ('example = "apple"', 'example = "Apple Pie"', "It does not fit the pattern"),
        ('pattern = "', 'pattern = "(', "This is no pattern"),
        (
            'pattern = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"',
            r'pattern = "[a-z.]+"',
            "It stands in a host and fits 'evil.com'",
        ),
        ('pattern = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"', 'pattern = "[a-z-]+"', "fits '-a'"),
        ('key = "shop"', 'key = "client_id"', "This name is taken"),
        ('scopes = ["orders.read"]', 'scopes = ["orders.read", "orders.read"]', "Name orders.read once"),
        ("life = 3600", 'life = "an hour"', "Give a whole number from 60"),
        ("life = 3600", "life = true", "Give a whole number from 60"),
        (
            "[tokens]",
            'tokens_of_gold = 1\n[client]\nid = "a"\nsecret = "b"\n[tokens]',
            "in the environment, not in a file",
        ),
        ("[tokens]", '[key]\ninput = "shop"\n[tokens]', "Only an api_key app has it"),
        ('removal = "Press Remove there."', "", "Say how people end access at the app"),
        ('token_url = "https://{shop}.fruit.example/token"', "", "auth.token_url is missing"),
        ("[tokens]", '[callbak]\ncode = "c"\n[tokens]', "Did you mean callback?"),
        ('slug = "fruit-shop"', 'slug = "fruit-shop"\nwebhook_secret = "hush"', "webhook_secret is '…'"),
        ('slug = "fruit-shop"', 'slug = ["fruit"]', "slug is ['fruit']. Use lower-case letters"),
        ('slug = "fruit-shop"', 'slug = "fruit-shop"\nwords = 1', "is no TOML"),
        ('slug = "fruit-shop"', 'slug = "fruit-shop"\ndocs = 1', "docs is 1. Write it as text in quotes"),
        ('hosts = ["{shop}.fruit.example", "login.fruit.example"]', "", "hosts is missing. List every host"),
        ('"login.fruit.example"]', '"login.fruit.example", "{company}.example"]', "company is no input of this app"),
        ('"login.fruit.example"]', '"login.fruit.example:8443"]', "on its usual port"),
        ('"login.fruit.example"]', '"login.fruit.example:many"]', "on its usual port"),
        ('"login.fruit.example"]', '"login.fruit.example", 7]', "Write a list of texts"),
        ('"https://login.fruit.example/authorise"', '"login.fruit.example"', "Write the whole address"),
        (
            '"https://login.fruit.example/authorise"',
            '"http://127.0.0.1:8100/a"',
            "This is the sandbox: add sandbox = true",
        ),
        ("[tokens]", "[tokens]\nanswer = 7", "tokens.answer is 7. Write it as a table: [tokens.answer]"),
        ("[tokens]", "params = { a = 1 }\n[tokens]", "Write a table of texts"),
        ("[tokens]", "issuer_required = true\n[tokens]", "auth.issuer is missing"),
        ("[tokens]", '[api]\nerrors = { slow = "later" }\n[tokens]', "api.errors.slow is 'later'. Choose one of"),
        ("life = 3600\n", "", "tokens.lead is 300. Give tokens.life, too"),
        ("[identity]", "[identitee]", "identity is missing. Say which call names the account"),
        ("[[reads]]", "[reads]", "Write each as a table of its own: [[reads]]"),
        (
            'label = "number"',
            'label = "number"\nscope = "pears.read"',
            "reads[1].scope is 'pears.read'. Name one of auth.scopes",
        ),
        ("[words.en.scopes]", '[words.nl]\nabout = ""\n[words.en.scopes]', "words.nl.about is ''. Write a text"),
        ('id = "id"', 'id = "id"\nadded_by = { path = "p", equals = "{nothing}" }', "{nothing} is not known here"),
        ("[words.en.inputs.shop]", "[words.fr]\n[words.en.inputs.shop]", "words.fr.about is missing"),
    ],
)
def test_a_fault_says_key_value_and_remedy(file: Path, old: str, new: str, said: str) -> None:
    assert said in "\n".join(changed(file, old, new))


def test_a_pattern_is_matched_whole_and_in_plain_letters(file: Path) -> None:
    (shop,) = load(file).inputs
    assert shop.fits("apple")
    assert not [
        value for value in ("apple\n", "apple/", "аpple", "a@b", "127.0.0.1", "evil.com/", "") if shop.fits(value)
    ]


def test_a_whole_host_may_be_typed_where_the_definition_says_so(file: Path) -> None:
    own = GOOD.replace("{shop}.fruit.example", "{shop}").replace(
        'pattern = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"', 'pattern = ".+"'
    )
    own = own.replace('example = "apple"', 'example = "shop.apple.example"')
    file.write_text(own)
    assert "It stands in a host and fits" in "\n".join(check(file))
    file.write_text(own.replace('key = "shop"', 'key = "shop"\nhost = true'))
    assert check(file) == []
    (shop,) = load(file).inputs
    assert shop.fits("shop.apple.example")
    for odd in (
        "127.0.0.1",
        "localhost",
        "apple.example:80",
        "a@b.example",
        "apple.example/x",
        "аpple.example",
        "a..b",
        "1.2",
        "",
    ):
        assert not shop.fits(odd), odd


def test_what_is_no_toml_gets_one_sentence(file: Path) -> None:
    file.write_text("slug = ")
    (sentence,) = check(file)
    assert "is no TOML" in sentence


def test_a_file_that_is_not_there_gets_one_sentence(tmp_path: Path) -> None:
    (sentence,) = check(tmp_path / "nothing.toml")
    assert "cannot be read" in sentence


def test_words_must_be_there_and_in_english_first(file: Path) -> None:
    head, _, _ = GOOD.partition("[words.en]")
    file.write_text(head)
    assert "Write what people read under [words.en]" in "\n".join(check(file))
    file.write_text(GOOD.replace("words.en", "words.nl"))
    assert "English must be there" in "\n".join(check(file))
    file.write_text('words = { en = "Fruit" }\n' + head)
    assert "Write it as a table of its language" in "\n".join(check(file))


def test_an_app_with_keys_says_which_input_is_the_key(file: Path) -> None:
    faults = "\n".join(changed(file, 'kind = "oauth2"', 'kind = "api_key"'))
    assert "Say which input is the key" in faults


def test_a_key_is_secret_and_stands_in_no_address(file: Path) -> None:
    with_key = GOOD.replace('kind = "oauth2"', 'kind = "api_key"').replace(
        "[tokens]", '[key]\ninput = "shop"\n[tokens]'
    )
    file.write_text(with_key)
    assert "Add secret = true to the input shop" in "\n".join(check(file))
    file.write_text(with_key.replace('key = "shop"', 'key = "shop"\nsecret = true'))
    assert "shop is secret, and hosts are not" in "\n".join(check(file))


WEBHOOK = '[webhook]\nstyle = "body"\nheader = "X-Signature"\nsecret = "client_secret"\n'


def test_a_message_must_say_what_when_and_about_whom(file: Path) -> None:
    faults = "\n".join(changed(file, "[tokens]", f"{WEBHOOK}[tokens]"))
    for key in ("events", "event", "id", "moment", "about"):
        assert f"webhook.{key} is missing" in faults


def test_the_command_says_all_faults_and_fails(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(TEN_FAULTS)
    assert cli.main(["connector", "check", str(file)]) == 1
    said = capsys.readouterr()
    assert len(said.out.splitlines()) == 10
    assert "10 to mend" in said.err


def test_the_command_says_that_all_is_well(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["connector", "check", str(file)]) == 0
    assert "can be used" in capsys.readouterr().out


def test_an_app_with_keys_names_an_input_and_says_how_one_makes_a_key(file: Path) -> None:
    file.write_text(
        GOOD.replace('kind = "oauth2"', 'kind = "api_key"').replace("[tokens]", '[key]\ninput = "k"\n[tokens]')
    )
    faults = "\n".join(check(file))
    assert "key.input is 'k'. Name one of the inputs." in faults
    assert "words.en.key_help is missing. Say in plain words" in faults


def test_a_message_is_about_something_that_is_known(file: Path) -> None:
    about = 'about = { account = "shop_id", colour = "shop.colour" }'
    faults = "\n".join(changed(file, "[tokens]", f"{WEBHOOK}{about}\n[tokens]"))
    assert "webhook.about.colour is 'shop.colour'. Use account, holder" in faults
    assert "webhook.about.account" not in faults


def test_an_app_with_keys_signs_with_no_client_secret(file: Path) -> None:
    faults = "\n".join(changed(file, 'kind = "oauth2"', f'kind = "api_key"\n{WEBHOOK}'))
    assert "webhook.secret is 'client_secret'. An app with keys has no client secret" in faults


def test_a_call_without_an_address_is_one_fault_and_no_wrong_host(file: Path) -> None:
    faults = changed(file, 'url = "https://{shop}.fruit.example/me"\n', "")
    assert [each.partition(": ")[2] for each in faults] == [
        "identity.url is missing. Give the address to call, beginning with https://."
    ]


def test_placeholders_are_found_and_filled_however_deep_they_stand(file: Path) -> None:
    query = 'json = { query = ["{shop}", { of = ["{nothing}"] }], limit = 3 }'
    faults = changed(file, 'label = "number"', f'label = "number"\n{query}')
    assert len(faults) == 1
    assert "reads[1].json is '{nothing}'. {nothing} is not known here" in faults[0]
    file.write_text(GOOD.replace('label = "number"', f'label = "number"\n{query.replace("nothing", "sandbox")}'))
    (reading,) = load(file, sandbox_url="http://127.0.0.1:8100").readings
    assert reading.call.json == {"query": ["{shop}", {"of": ["http://127.0.0.1:8100"]}], "limit": 3}
