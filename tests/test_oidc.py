"""Login by OpenID Connect through the pages of a real provider, as a browser goes: link by link, form by form."""
import html
import http.cookiejar
import json
import re
import unittest
import urllib.error
import urllib.parse
import urllib.request

from harness import Directory, Server, run
from real_servers import RealServer, free_port, oidc_provider

PASSWORD = "correct horse battery"
SECRET = "a secret: 100 %"  # of the client, in tests/servers/oidc/serve.js


class Page:
    def __init__(self, answer):
        self.status, self.url, self.text = answer.status, answer.url, answer.read().decode()
        self.headers = answer.headers

    @property
    def json(self):
        return json.loads(self.text)

    def form(self):
        """Where its form leads, and what stands in it."""
        action = html.unescape(re.search(r'<form[^>]* action="([^"]+)"', self.text)[1])
        return urllib.parse.urljoin(self.url, action), dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', self.text))


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    """Keeps cookies, follows redirects, fills in forms."""

    def __init__(self, server):
        self.server, self.csrf, self.jar = server, "", http.cookiejar.CookieJar()
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        self.opener = urllib.request.build_opener(cookies)
        self.one_step = urllib.request.build_opener(cookies, NoRedirects)

    def open(self, url, data=None, opener=None):
        url = urllib.parse.urljoin(self.server.url, url)
        try:
            with (opener or self.opener).open(urllib.request.Request(url, data=data), timeout=30) as answer:
                return Page(answer)
        except urllib.error.HTTPError as error:
            return Page(error)

    def submit(self, page, **fields):
        url, hidden = page.form()
        return self.open(url, urllib.parse.urlencode(hidden | fields).encode())

    def ask(self, method, path, content=None):
        """A request of a program, with the session of this browser."""
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(self.server.url + path, data, {"Content-Type": "application/json", "X-CSRF-Token": self.csrf}, method=method)
        try:
            with self.opener.open(request, timeout=30) as answer:
                return Page(answer)
        except urllib.error.HTTPError as error:
            return Page(error)

    def to_provider(self, following="/"):
        return self.open("/api/v1/login/oidc?" + urllib.parse.urlencode({"next": following}))

    def agree(self, page, name):
        """At the provider: logs in there and consents. The page where that ends."""
        page = self.submit(page, login=name, password="whatever")
        return self.submit(page) if "/interaction/" in page.url else page

    def log_in_by_provider(self, name, following="/"):
        return self.agree(self.to_provider(following), name)

    def session(self):
        page = self.open("/api/v1/session")
        if page.status == 200:
            self.csrf = page.json["csrf_token"]
            return page.json
        return page.status

    def cookies(self):
        return {cookie.name: cookie for cookie in self.jar}


def failure_of(page):
    found = re.search(r"/login\?failed=(\w+)$", page.url)
    return found[1] if found else page.url


class OidcTest(unittest.TestCase):
    algorithm = "RS256"
    client = {"HOLTER_ACCESS_OIDC_CLIENT_ID": "holter", "HOLTER_ACCESS_OIDC_CLIENT_SECRET": SECRET}

    def setUp(self):
        self.port = free_port()
        self.provider = self.enterContext(RealServer(oidc_provider(f"http://127.0.0.1:{self.port}/api/v1/login/oidc/callback", self.algorithm)))
        self.issuer = f"http://127.0.0.1:{self.provider.port}"

    def start(self, directory=None, **more):
        settings = {"HOLTER_SERVER_LISTEN": f"127.0.0.1:{self.port}", "HOLTER_ACCESS_OIDC_ISSUER": self.issuer, "HOLTER_ACCESS_OIDC_NAME": "Example"} | self.client | more
        server = Server("monitors: []\n", directory, **settings)
        self.addCleanup(server.close)
        return server

    def set_up(self, server):
        """The first admin, logged in by his password."""
        server.process.stdout.readline()
        token = re.search(r"/setup#(holter_\w+)", server.process.stdout.readline())[1]
        browser = Browser(server)
        made = browser.ask("POST", "/api/v1/setup", {"token": token, "name": "root", "password": PASSWORD})
        self.assertEqual(made.status, 201, made.text)
        self.assertEqual(browser.ask("POST", "/api/v1/login", {"name": "root", "password": PASSWORD}).status, 200)
        self.assertEqual(browser.session()["role"], "admin")
        return browser

    def subject_in_log(self, server):
        return re.search(r"to the subject '([^']+)' of " + re.escape(self.issuer), server.messages())[1]

    def test_somebody_unknown_is_refused_and_let_in_once_an_admin_has_linked_an_account(self):
        server = self.start()
        root = self.set_up(server)
        self.assertEqual(Browser(server).open("/api/v1/setup").json, {"needed": False, "oidc": {"name": "Example"}})
        browser = Browser(server)
        self.assertEqual(failure_of(browser.log_in_by_provider("alice")), "unknown")
        self.assertEqual(browser.session(), 401)
        subject = self.subject_in_log(server)
        self.assertEqual(root.ask("POST", "/api/v1/accounts", {"name": "al", "role": "editor"}).status, 201)
        linked = root.ask("PUT", "/api/v1/accounts/al/identity", {"issuer": self.issuer, "subject": subject})
        self.assertEqual(linked.status, 200, linked.text)

        page = browser.to_provider("/login?next=here")
        self.assertEqual(page.url, server.url + "/login?next=here", "the provider knows the browser by now, and asks nothing")
        who = browser.session()
        self.assertEqual((who["account"], who["role"], who["by"]), ("al", "editor", "session"))
        self.assertEqual(browser.ask("POST", "/api/v1/logout", {}).status, 200)
        self.assertEqual(browser.session(), 401)

        entries = root.ask("GET", "/api/v1/audit?target=account/al").json["entries"]
        self.assertEqual([entry["what"] for entry in entries], ["login.oidc", "account.link", "account.create"])
        self.assertEqual(json.loads(entries[0]["after"]), {"issuer": self.issuer, "subject": subject})
        self.assertNotIn(SECRET, server.messages())

        browser.to_provider()
        self.assertEqual(browser.session()["account"], "al")
        gone = root.ask("DELETE", "/api/v1/accounts/al/identity?" + urllib.parse.urlencode({"issuer": self.issuer, "subject": subject}))
        self.assertEqual(gone.status, 200, gone.text)
        self.assertEqual(browser.session(), 401, "the session that began by it ends with it")
        self.assertEqual(failure_of(browser.to_provider()), "unknown")

    def test_a_first_login_makes_an_account_of_the_role_that_is_set(self):
        server = self.start(HOLTER_ACCESS_OIDC_ROLE="operator")
        early = Browser(server)
        self.assertEqual(failure_of(early.log_in_by_provider("mallory")), "unknown", "the first account is made by the link")
        root = self.set_up(server)
        browser = Browser(server)
        page = browser.log_in_by_provider("alice")
        self.assertEqual(page.url, server.url + "/")
        who = browser.session()
        self.assertEqual((who["account"], who["role"]), ("alice-name", "operator"))
        account = root.ask("GET", "/api/v1/accounts/alice-name").json
        self.assertEqual((account["has_password"], account["created_by"]), (False, "access:oidc"))
        again = Browser(server)
        again.log_in_by_provider("alice")
        self.assertEqual(again.session()["account"], "alice-name")
        self.assertEqual([a["name"] for a in root.ask("GET", "/api/v1/accounts").json["accounts"]], ["alice-name", "root"])

        changed = root.ask("POST", "/api/v1/accounts", {"name": "bob-name", "role": "admin"})
        self.assertEqual(changed.status, 201, changed.text)
        thief = Browser(server)
        self.assertEqual(failure_of(thief.log_in_by_provider("bob")), "taken", "a name is no identity")

        request = urllib.request.Request(server.url + "/api/v1/accounts/alice-name", b'{"disabled": true}', {"Content-Type": "application/json", "If-Match": "*", "X-CSRF-Token": root.csrf}, method="PATCH")
        with root.opener.open(request, timeout=20) as answer:
            self.assertEqual(answer.status, 200)
        self.assertEqual(again.session(), 401)
        self.assertEqual(failure_of(again.to_provider()), "unknown")

    def test_an_address_names_an_account_only_when_it_is_verified(self):
        server = self.start(HOLTER_ACCESS_OIDC_ROLE="viewer", HOLTER_ACCESS_OIDC_CLAIM="email")
        self.set_up(server)
        self.assertEqual(failure_of(Browser(server).log_in_by_provider("unverified")), "unknown")
        browser = Browser(server)
        browser.log_in_by_provider("carol")
        self.assertEqual(browser.session()["account"], "carol@example.org")

    def test_a_login_ends_in_the_browser_that_began_it_once(self):
        server = self.start(HOLTER_ACCESS_OIDC_ROLE="viewer")
        self.set_up(server)
        browser = Browser(server)
        # Up to the answer of the provider, which is not followed.
        page = browser.submit(browser.to_provider(), login="alice", password="x")
        url, hidden = page.form()
        step = browser.open(url, urllib.parse.urlencode(hidden).encode(), browser.one_step)
        while not step.headers["Location"].startswith(server.url):
            step = browser.open(urllib.parse.urljoin(url, step.headers["Location"]), opener=browser.one_step)
        back = step.headers["Location"]
        self.assertIn("iss=", back)
        cookie = browser.cookies()["holter-oidc"]
        self.assertTrue(cookie.has_nonstandard_attr("HttpOnly"))
        self.assertEqual(cookie.get_nonstandard_attr("SameSite"), "Lax")
        victim = Browser(server)
        self.assertEqual(failure_of(victim.open(back)), "stale", "lured to the end of somebody else's login")
        self.assertEqual(victim.session(), 401)
        self.assertEqual(failure_of(browser.open(back)), "stale", "which is over by that")

        self.assertEqual(browser.to_provider().url, server.url + "/")
        self.assertEqual(browser.session()["account"], "alice-name")
        self.assertNotIn("holter-oidc", browser.cookies())

    def test_whoever_says_no_at_the_provider_is_not_in(self):
        server = self.start()
        self.set_up(server)
        browser = Browser(server)
        page = browser.to_provider()
        abort = urllib.parse.urljoin(page.url, re.search(r'href="([^"]*/abort)"', page.text)[1])
        self.assertEqual(failure_of(browser.open(abort)), "refused")

    def test_a_provider_that_is_away_is_told_and_passwords_go_on(self):
        server = self.start()
        self.set_up(server)
        self.provider.process.terminate()
        self.provider.process.wait(timeout=20)
        self.assertEqual(failure_of(Browser(server).to_provider()), "provider")
        browser = Browser(server)
        self.assertEqual(browser.ask("POST", "/api/v1/login", {"name": "root", "password": PASSWORD}).status, 200)

    def test_a_wrong_secret_of_the_client_lets_nobody_in(self):
        server = self.start(HOLTER_ACCESS_OIDC_CLIENT_SECRET="wrong", HOLTER_ACCESS_OIDC_ROLE="viewer")
        self.set_up(server)
        self.assertEqual(failure_of(Browser(server).log_in_by_provider("alice")), "refused")
        self.assertIn("invalid_client", server.messages())

    def test_the_secret_may_be_in_a_file(self):
        directory = Directory()
        file = directory.write("secret", SECRET + "\n")
        server = self.start(directory, HOLTER_ACCESS_OIDC_CLIENT_SECRET=None, HOLTER_ACCESS_OIDC_CLIENT_SECRET_FILE=file, HOLTER_ACCESS_OIDC_ROLE="viewer")
        self.set_up(server)
        browser = Browser(server)
        browser.log_in_by_provider("alice")
        self.assertEqual(browser.session()["account"], "alice-name")
        (directory.path / "secret").write_text("", encoding="ascii")
        done = run("serve", cwd=directory.path, HOLTER_DATA_DIR=str(directory.path / "other"), HOLTER_ACCESS_OIDC_ISSUER=self.issuer, HOLTER_ACCESS_OIDC_CLIENT_ID="holter", HOLTER_ACCESS_OIDC_CLIENT_SECRET_FILE=file)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("access.oidc.client_secret_file", done.stdout + done.stderr)


class SignedByPs256(OidcTest):
    algorithm = "PS256"


class PublicClientSignedByEs256(OidcTest):
    """Without a secret: PKCE alone binds the code to who asked for it."""

    algorithm = "ES256"
    client = {"HOLTER_ACCESS_OIDC_CLIENT_ID": "holter-public"}



def load_tests(loader, _tests, _pattern):
    """The other algorithms go through one login each; all the rest does not depend on them."""
    suite = loader.loadTestsFromTestCase(OidcTest)
    for case in (SignedByPs256, PublicClientSignedByEs256):
        suite.addTest(case("test_a_first_login_makes_an_account_of_the_role_that_is_set"))
    return suite


if __name__ == "__main__":
    unittest.main()
