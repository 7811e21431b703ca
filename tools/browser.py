"""Chromium without a window, driven by the DevTools protocol over two pipes."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ["chromium", "chromium-browser", "google-chrome", "chrome-headless-shell"]
SECONDS_MAX = 60


def browser():
    """The path of one; None where there is none (apt install chromium)."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


class Failure(Exception):
    """The browser does not do what it is asked."""


class Browser:
    """One process; a page at a time."""

    def __init__(self, path):
        self.home = tempfile.mkdtemp(prefix="sluice-browser-")
        commands, self.write = os.pipe()
        self.read, answers = os.pipe()
        # The protocol is spoken at descriptors 3 and 4.
        script = f"exec 3<&{commands} 4>&{answers}; exec \"$@\""
        self.process = subprocess.Popen(
            ["bash", "-c", script, "browser", path, "--headless=new", "--no-sandbox",
             "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
             "--disable-background-networking", f"--user-data-dir={self.home}",
             "--remote-debugging-pipe", "about:blank"],
            pass_fds=[commands, answers], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        self.number, self.text, self.events, self.session = 0, b"", [], None

    def end(self):
        self.process.terminate()
        self.process.wait()
        os.close(self.write)
        os.close(self.read)
        shutil.rmtree(self.home, ignore_errors=True)

    def message(self, deadline):
        while b"\0" not in self.text:
            if not select.select([self.read], [], [], max(0, deadline - time.monotonic()))[0]:
                raise Failure("the browser says nothing")
            more = os.read(self.read, 1 << 20)
            if not more:
                raise Failure("the browser has ended")
            self.text += more
        one, self.text = self.text.split(b"\0", 1)
        return json.loads(one)

    def ask(self, method, session=True, **parameters):
        """The answer to a command; what happens meanwhile is kept in `events`."""
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if session and self.session:
            command["sessionId"] = self.session
        os.write(self.write, json.dumps(command).encode() + b"\0")
        deadline = time.monotonic() + SECONDS_MAX
        while True:
            message = self.message(deadline)
            if message.get("id") == self.number:
                if "error" in message:
                    raise Failure(f"{method}: {message['error']['message']}")
                return message["result"]
            self.events.append(message)

    def until(self, method):
        deadline = time.monotonic() + SECONDS_MAX
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.message(deadline))

    # -- pages ------------------------------------------------------------------------------------

    def open(self, address, width, theme, media="screen"):
        """Shows a page in a window of a width, and begins to note what it does."""
        if self.session:
            self.ask("Target.closeTarget", session=False, targetId=self.target)
        self.session = None
        self.target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask(
            "Target.attachToTarget", targetId=self.target, flatten=True)["sessionId"]
        for domain in ["Page", "Network", "Log", "Runtime"]:
            self.ask(f"{domain}.enable")
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900,
                 deviceScaleFactor=1, mobile=width < 600)
        self.ask("Emulation.setEmulatedMedia", media=media,
                 features=[{"name": "prefers-color-scheme", "value": theme}])
        self.events = []
        self.ask("Page.navigate", url=address)
        self.until("Page.loadEventFired")
        # What a page does after it was loaded is seen too.
        self.evaluate("new Promise(done => setTimeout(done, 100))")

    def evaluate(self, script):
        result = self.ask("Runtime.evaluate", expression=script, awaitPromise=True,
                          returnByValue=True)
        if "exceptionDetails" in result:
            raise Failure(f"a script of the proof fails: {result['exceptionDetails']['text']}")
        return result["result"].get("value")

    def said(self):
        """What the page wrote to the console, and what the browser did of it."""
        lines = []
        for event in self.events:
            parameters = event.get("params", {})
            match event.get("method"):
                case "Log.entryAdded":
                    lines.append(parameters["entry"]["text"])
                case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown":
                    lines.append(json.dumps(parameters)[:300])
        return lines

    def requests(self):
        return [event["params"]["request"]["url"] for event in self.events
                if event.get("method") == "Network.requestWillBeSent"]

    def picture(self, path):
        shot = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))

    def print(self, path):
        """Paper of A4, as a reader prints it."""
        printed = self.ask("Page.printToPDF", paperWidth=8.27, paperHeight=11.69,
                           printBackground=False)
        path.write_bytes(base64.b64decode(printed["data"]))
