"""Alerts when the wall clock is set, and when a country changes it: nothing is made up, nothing is told twice, silences end when the clock says so."""
import time
import unittest

from alert_peers import AlertCase, Target
from harness import wait_until
from moved_clock import MovedClock

HOURS = 3600


class Clock(AlertCase):
    def setUp(self):
        self.clock = self.peer(MovedClock())
        super().setUp()

    def start(self, directory=None, **settings):
        super().start(directory, **self.clock.settings, **settings)

    def checks(self, count):
        """Waits until so many more checks were made, and alerting has looked at them."""
        before = self.server.get("/api/v1/schedule")["run"]
        wait_until(lambda: self.server.get("/api/v1/schedule")["run"] >= before + count, 20)
        time.sleep(1.2)

    def silence(self, name, matchers, **spec):
        return self.make("/api/v1/alerts/silences", {"name": name, "spec": {"matchers": matchers, "ends": "2028-01-01T00:00:00Z"} | spec})

    def state(self, silence):
        return self.server.get(f"/api/v1/alerts/silences/{silence['id']}")["status"]["state"]

    def utc(self, seconds):
        """That much later than now, in words."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


class Jumps(Clock):
    """web is down and told; every way in which time alone could make or end an alert stands ready."""

    def setUp(self):
        super().setUp()
        for name, spec in {"Silent": {"no_data": "alert", "expression": "state == 'DOWN'"}, "Slow": {"expression": "state == 'UP'", "for": "1h"},
                           "Mine": {"expression": "state == 'DOWN'", "no_data": "ok"}}.items():
            self.make("/api/v1/alerts/rules", {"name": name, "spec": {"no_data_after": "10s"} | spec if "no_data" in spec else spec})
        self.receiver()

    def told_of_web(self, **options):
        self.route(group_by=["..."], group_wait="0s", group_interval="1s", **options)
        self.fire()
        wait_until(lambda: len(self.recorder.requests) == 3, 20, self.recorder.bodies)

    def fire(self):
        """Web goes down."""
        self.target.close()

    def start(self, directory=None, **settings):
        if directory is None:
            self.target = self.peer(Target(self.port))
        super().start(directory, **settings)
        self.server.wait_for_state("web", "UP")

    def open(self):
        return sorted((row["rule"], row["labels"]["monitor"]) for row in self.incidents("?open=true"))

    def test_two_hours_forward_and_back_make_no_alert_and_end_none(self):
        self.told_of_web()
        before = self.open()
        self.assertEqual(before, [("Mine", "web"), ("MonitorDown", "web"), ("Silent", "web")])
        for hours in (2, 0, -2):
            self.clock.move(hours * HOURS)
            self.checks(6)
            self.assertEqual(self.server.get("/api/v1/summary")["states"]["STALE"], 0)
            self.assertEqual((self.open(), len(self.incidents())), (before, 3), f"{hours} h from the true time: {self.incidents()}")
            self.assertEqual(len(self.recorder.requests), 3, f"{hours} h from the true time: {self.recorder.bodies()[3:]}")
        # And what ends, ends: also when it began in what is the future now.
        self.peer(Target(self.port))
        wait_until(lambda: self.open() == [], 20, self.open)
        self.assertEqual({row["resolution"] for row in self.incidents()}, {"recovered"})
        wait_until(lambda: len(self.recorder.requests) == 6, 20, self.recorder.bodies)
        self.assertEqual(self.recorder.needless(), [])

    def test_what_fires_behind_a_clock_set_back_fires(self):
        self.clock.move(-2 * HOURS)
        self.checks(4)
        self.told_of_web()
        self.assertEqual(self.open(), [("Mine", "web"), ("MonitorDown", "web"), ("Silent", "web")])

    def test_a_repeat_is_told_when_the_clock_says_that_it_is_due_and_once(self):
        self.told_of_web(repeat_interval="1h")
        self.clock.move(2 * HOURS)
        wait_until(lambda: len(self.recorder.requests) == 6, 20, self.recorder.bodies)
        self.checks(4)
        self.assertEqual(len(self.recorder.requests), 6)
        self.assertEqual({body["status"] for body in self.recorder.bodies()}, {"firing"})
        self.clock.move(0)
        self.checks(6)
        self.assertEqual(len(self.recorder.requests), 6, "the next one is an hour away again")

    def test_a_silence_ends_when_the_clock_says_so_and_counts_again_when_it_is_set_back(self):
        quiet = self.silence("an hour", 'monitor="web"', ends=self.utc(HOURS))
        self.route(group_by=["alertname"], group_wait="0s", group_interval="1s")
        self.fire()
        self.wait_for_open("MonitorDown")
        self.checks(4)
        self.assertEqual((self.state(quiet), self.recorder.requests), ("active", []))
        self.clock.move(2 * HOURS)
        wait_until(lambda: len(self.recorder.requests) == 3, 20, self.recorder.bodies)
        self.assertEqual(self.state(quiet), "expired")
        self.clock.move(0)
        wait_until(lambda: self.state(quiet) == "active", 5)
        self.assertEqual({tuple(row["silenced_by"]) for row in self.incidents("?open=true")}, {(quiet["id"],)})

    def test_a_notification_that_waits_for_its_next_attempt_does_not_wait_for_hours_behind_a_clock_set_back(self):
        self.recorder.answer = 503
        self.route(group_by=["..."], group_wait="0s", group_interval="1s")
        self.fire()
        self.wait_for_notification("queued", attempts=2)
        self.clock.move(-2 * HOURS)
        self.recorder.answer = 200
        wait_until(lambda: len(self.notifications("&state=delivered")) == 3, 50, self.notifications)


class SummerTime(Clock):
    """Berlin goes from 02:00 to 03:00 at 2027-03-28T01:00Z, and from 03:00 back to 02:00 at 2026-10-25T01:00Z."""

    def at(self, *times):
        """Asks each silence at each time: by name, its states."""
        found = {name: [] for name in self.silences}
        for text in times:
            self.clock.move_to(text)
            for name, silence in self.silences.items():
                found[name].append(self.state(silence))
        return {name: " ".join("in" if state == "active" else "out" for state in states) for name, states in found.items()}

    def windows(self, *windows):
        self.silences = {window: self.silence(window, 'site="none"', windows=[f"{window} Europe/Berlin"]) for window in windows}

    def test_in_spring_an_hour_is_missing(self):
        self.clock.move_to("2027-03-28T00:50:00")
        self.windows("daily 02:00-03:00", "daily 02:30-04:00", "daily 01:00-02:30", "sat 22:00-06:00", "sun 01:59-03:01")
        self.assertEqual(self.at("2027-03-28T00:58:00", "2027-03-28T00:59:30", "2027-03-28T01:00:10", "2027-03-28T01:59:30", "2027-03-28T02:00:10", "2027-03-28T03:59:30", "2027-03-28T04:00:10"), {
            "daily 02:00-03:00": "out out out out out out out",  # it lies in the gap
            "daily 02:30-04:00": "out out in in out out out",  # it begins behind the gap
            "daily 01:00-02:30": "in in out out out out out",
            "sat 22:00-06:00": "in in in in in in out",  # 04:00Z is six in Berlin
            "sun 01:59-03:01": "out in in out out out out"})

    def test_in_autumn_an_hour_comes_twice(self):
        self.clock.move_to("2026-10-24T23:30:00")
        self.windows("daily 02:00-03:00", "daily 02:30-02:45", "sat 22:00-06:00", "sun 03:00-04:00")
        self.assertEqual(self.at("2026-10-24T23:59:30", "2026-10-25T00:00:10", "2026-10-25T00:35:00", "2026-10-25T00:50:00", "2026-10-25T01:35:00", "2026-10-25T01:59:30", "2026-10-25T02:00:10",
                                 "2026-10-25T04:59:30", "2026-10-25T05:00:10"), {
            "daily 02:00-03:00": "out in in in in in out out out",  # both times
            "daily 02:30-02:45": "out out in out in out out out out",  # twice
            "sat 22:00-06:00": "in in in in in in in in out",  # 05:00Z is six in Berlin
            "sun 03:00-04:00": "out out out out out out in out out"})

    def test_a_silence_and_active_hours_end_with_the_hour_that_is_missing(self):
        self.clock.move_to("2027-03-28T00:58:00")
        self.silence("night", 'alertname="MonitorDown"', windows=["daily 01:00-02:30 Europe/Berlin"])
        self.make("/api/v1/alerts/rules", {"name": "Night", "spec": {"selector": {"app": "port"}, "expression": "state == 'DOWN'", "active_hours": "daily 01:00-02:30 Europe/Berlin"}})
        self.receiver()
        self.route(group_by=["alertname"], group_wait="0s", group_interval="1s")
        night = self.wait_for_open("Night")
        wait_until(lambda: len(self.recorder.requests) == 1, 20)
        self.assertEqual(self.recorder.bodies()[0]["group_labels"], {"alertname": "Night"})
        self.wait_for_open("MonitorDown")
        self.checks(4)
        self.assertEqual(len(self.recorder.requests), 1)
        self.clock.move_to("2027-03-28T01:00:05")  # 03:00:05 in Berlin
        self.assertEqual(self.wait_for_end(night), "recovered")
        wait_until(lambda: len(self.recorder.requests) == 3, 20, self.recorder.bodies)
        self.assertEqual({(body["group_labels"]["alertname"], body["status"]) for body in self.recorder.bodies()}, {("Night", "firing"), ("Night", "resolved"), ("MonitorDown", "firing")})


if __name__ == "__main__":
    unittest.main()
