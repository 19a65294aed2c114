"""Who gets into a running server: the first account, sessions, tokens, what survives a restart; nobody else."""
import http.client
import json
import re
import signal
import stat
import unittest
import urllib.error
import urllib.request

from harness import Directory, Server, run, wait_until

PASSWORD = "correct horse battery"
MONITORS = "monitors:\n  - {name: here, app: ping, interval: 200ms, params: {host: 127.0.0.1}}\n"


class Browser:
    """Keeps cookies and sends the CSRF token, as a page does."""

    def __init__(self, server):
        self.server, self.cookie, self.csrf = server, "", ""

    def send(self, method, path, content=None, **headers):
        host, port = self.server.url.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=20)
        fields = {"Content-Type": "application/json", "Cookie": self.cookie, "X-CSRF-Token": self.csrf} | headers
        connection.request(method, path, None if content is None else json.dumps(content), fields)
        answer = connection.getresponse()
        text = answer.read().decode()
        if cookie := answer.headers.get("Set-Cookie"):
            self.cookie = cookie.split(";")[0]
        connection.close()
        return answer.status, json.loads(text) if answer.headers.get_content_type().endswith("json") else text

    def log_in(self, name="root", password=PASSWORD):
        status, who = self.send("POST", "/api/v1/login", {"name": name, "password": password})
        assert status == 200, (status, who)
        self.csrf = who["csrf_token"]
        return who


def link_of(server):
    """The token of the set-up link, which is printed below the first line."""
    server.process.stdout.readline()
    line = server.process.stdout.readline()
    found = re.fullmatch(r"  (http://\S+)/setup#(holter_\w+)\n", line)
    assert found, line
    assert found[1] == server.url, line
    return found[2]


class AccountsTest(unittest.TestCase):
    def start(self, directory=None, **settings):
        server = Server(MONITORS, directory, **settings)
        self.addCleanup(server.close)
        return server

    def set_up(self, server):
        browser = Browser(server)
        content = {"token": link_of(server), "name": "root", "password": PASSWORD}
        self.assertEqual(browser.send("POST", "/api/v1/setup", content), (201, {"account": "root"}))
        return browser, content

    def test_the_first_start_prints_a_link_that_makes_an_admin_once(self):
        server = self.start()
        stranger = Browser(server)
        self.assertEqual(stranger.send("GET", "/api/v1/summary")[0], 401)
        self.assertEqual(stranger.send("GET", "/metrics")[0], 401)
        self.assertEqual(stranger.send("GET", "/healthz")[0], 200)
        self.assertEqual(stranger.send("GET", "/setup")[0], 200)
        self.assertEqual(stranger.send("POST", "/api/v1/login", {"name": "admin", "password": "admin"})[0], 401, "there is no default password")
        browser, content = self.set_up(server)
        self.assertEqual(browser.send("POST", "/api/v1/setup", content)[0], 401, "once")
        who = browser.log_in()
        self.assertEqual((who["account"], who["role"], who["by"]), ("root", "admin", "session"))
        self.assertEqual(browser.send("GET", "/api/v1/summary")[0], 200)
        self.assertNotIn(content["token"], server.messages(), "a token stands in no log")
        self.assertNotIn(PASSWORD, server.messages())

    def test_sessions_and_tokens_live_on_after_a_restart_and_no_second_link_is_offered(self):
        server = self.start()
        browser, _ = self.set_up(server)
        browser.log_in()
        _, made = browser.send("POST", "/api/v1/tokens", {"name": "prometheus", "scopes": "read"})
        server.process.send_signal(signal.SIGKILL)
        server.process.wait(timeout=10)
        again = self.start(server.directory)
        browser.server = again
        self.assertEqual(browser.send("GET", "/api/v1/session")[1]["account"], "root")
        token = Browser(again)
        self.assertEqual(token.send("GET", "/metrics", Authorization=f"Bearer {made['token']}")[0], 200)
        self.assertEqual(token.send("POST", "/api/v1/reload", {}, Authorization=f"Bearer {made['token']}")[0], 403)
        self.assertEqual(browser.send("POST", "/api/v1/logout", {})[0], 200)
        self.assertEqual(browser.send("GET", "/api/v1/session")[0], 401)
        _, output = again.stop()
        self.assertNotIn("/setup#", output)

    def test_changes_are_told_by_name_in_the_audit_log(self):
        server = self.start()
        browser, _ = self.set_up(server)
        browser.log_in()
        content = {"name": "site", "app": "website", "params": {"host": "127.0.0.1", "port": 1, "authType": "Basic Auth", "username": "u",
                                                               "password": "s3cret-of-site"}}
        status, made = browser.send("POST", "/api/v1/monitors", content)
        self.assertEqual(status, 201, made)
        self.assertEqual(browser.send("PATCH", f"/api/v1/monitors/{made['id']}", {"interval": "5m"}, **{"If-Match": "*"})[0], 200)
        self.assertEqual(browser.send("DELETE", f"/api/v1/monitors/{made['id']}")[0], 200)
        _, log = browser.send("GET", f"/api/v1/audit?target=monitor/{made['id']}")
        self.assertEqual([(entry["who"], entry["what"]) for entry in log["entries"]],
                         [("root", "monitor.delete"), ("root", "monitor.update"), ("root", "monitor.create")])
        self.assertEqual(json.loads(log["entries"][1]["before"])["interval_ms"], 60_000)
        self.assertEqual(json.loads(log["entries"][1]["after"])["interval_ms"], 300_000)
        self.assertNotIn("s3cret-of-site", json.dumps(log))

    def test_an_attacker_from_another_site_changes_nothing(self):
        server = self.start()
        browser, _ = self.set_up(server)
        browser.log_in()
        for headers in ({"X-CSRF-Token": ""}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            self.assertEqual(browser.send("POST", "/api/v1/reload", {}, **headers)[0], 403, headers)
        self.assertEqual(browser.send("POST", "/api/v1/reload", {}, **{"Content-Type": "text/plain"})[0], 415)
        self.assertEqual(browser.send("POST", "/api/v1/reload", {})[0], 200)
        self.assertEqual(browser.send("GET", "/api/v1/summary", Host="evil.example")[0], 421, "DNS rebinding")

    def test_the_local_token_is_for_who_may_read_the_data_directory_and_goes_with_the_program(self):
        server = self.start()
        file = server.data / "local.token"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        first = server.token
        done = run("status", "--server", server.url, HOLTER_DATA_DIR=str(server.data))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("1 monitors:", done.stdout)
        server.stop()
        self.assertFalse(file.exists())
        again = self.start(server.directory)
        self.assertNotEqual(again.token, first)
        self.assertEqual(Browser(again).send("GET", "/api/v1/summary", Authorization=f"Bearer {first}")[0], 401)
        without = run("status", "--server", again.url, HOLTER_DATA_DIR=str(again.directory.path / "elsewhere"))
        self.assertEqual(without.returncode, 1)
        self.assertIn("--token-file or HOLTER_TOKEN", without.stderr)

    def test_everybody_may_look_where_that_is_set(self):
        server = self.start(HOLTER_ACCESS_ANONYMOUS="viewer")
        stranger = Browser(server)
        self.assertEqual(stranger.send("GET", "/api/v1/summary")[0], 200)
        self.assertEqual(stranger.send("POST", "/api/v1/reload", {})[0], 403)
        self.assertEqual(stranger.send("GET", "/api/v1/audit")[0], 403)

    def test_other_machines_may_be_served_by_the_name_that_is_set(self):
        server = self.start(HOLTER_SERVER_LISTEN="0.0.0.0:0", HOLTER_SERVER_URL="https://holter.example")
        server.url = server.url.replace("0.0.0.0", "127.0.0.1")
        browser = Browser(server)
        self.assertEqual(browser.send("GET", "/healthz", Host="holter.example")[0], 200)
        self.assertEqual(browser.send("GET", "/healthz", Host="evil.example")[0], 421)
        server.process.stdout.readline()
        token = re.search(r"https://holter\.example/setup#(\S+)", server.process.stdout.readline())[1]
        self.assertEqual(browser.send("POST", "/api/v1/setup", {"token": token, "name": "root", "password": PASSWORD}, Host="holter.example")[0], 201)
        browser.log_in()
        self.assertTrue(browser.cookie.startswith("__Host-holter="), "cookies are for https, which something in front speaks")


class ApplyTest(unittest.TestCase):
    def apply(self, server, *arguments):
        return run("apply", "--server", server.url, *arguments, HOLTER_TOKEN=server.token)

    def test_shows_what_differs_and_puts_it_in_force(self):
        directory = Directory()
        server = Server(MONITORS, directory)
        self.addCleanup(server.close)
        same = self.apply(server, "--dry-run")
        self.assertEqual((same.returncode, same.stdout), (0, "Dry run: 0 to add, 0 to change, 0 to remove, 1 as they are\n"), same.stderr)
        directory.write("monitors.yml", "monitors:\n  - {name: there, app: ping, interval: 1s, params: {host: 127.0.0.2}}\n")
        differs = self.apply(server, "--dry-run")
        self.assertEqual(differs.returncode, 2, differs.stderr)
        self.assertEqual(differs.stdout, "  + there\n  - here\nDry run: 1 to add, 0 to change, 1 to remove, 0 as they are\n")
        self.assertEqual(server.monitor("here")["name"], "here", "nothing was changed")
        done = self.apply(server)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Applied: 1 to add", done.stdout)
        wait_until(lambda: server.get("/api/v1/monitors")["monitors"][0]["name"] == "there", 10)
        directory.write("monitors.yml", "monitors:\n  - {name: there, app: pong}\n")
        wrong = self.apply(server)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("nothing has changed", wrong.stderr)


if __name__ == "__main__":
    unittest.main()
