"""Real servers from packages for end-to-end tests and benchmarks: each in a directory of its own, on a free port of loopback."""
import getpass
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class RealServer:
    """A program that listens on 127.0.0.1. `prepare(directory, port)` sets it up and returns its command. Use as a context manager."""

    def __init__(self, prepare, seconds=20, port=None):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="holter-server-"))
        os.chmod(self.directory, 0o755)  # many servers drop root
        self.port = port or free_port()
        self.command = prepare(self.directory, self.port)
        self.start(seconds)

    def start(self, seconds=20):
        command = self.command
        with open(self.directory / "output", "ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, cwd="/")
        end = time.monotonic() + seconds
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > end:
                said = (self.directory / "output").read_text(errors="replace")[-2000:]
                self.__exit__()
                raise RuntimeError(f"cannot start {command[0]}: {said}")
            time.sleep(0.05)

    def restart(self, how=signal.SIGINT, away=1.0):
        """Ends it (PostgreSQL: the fast way), and starts it again after `away` seconds on the same port."""
        self.process.send_signal(how)
        self.process.wait(timeout=20)
        time.sleep(away)
        self.start()

    def listens(self):
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=20)
        shutil.rmtree(self.directory, ignore_errors=True)


def program(pattern, package):
    """The newest file that matches, from the root of the file system."""
    found = sorted(pathlib.Path("/").glob(pattern))
    if not found:
        raise RuntimeError(f"cannot find /{pattern}: install {package} (tools/setup.sh)")
    return str(found[-1])


def as_user(user, directory):
    """Servers of databases refuse to be root: they get the directory, and the command that this begins."""
    if os.geteuid() != 0:
        return []
    shutil.chown(directory, user, user)
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


def postgresql(hosts=("127.0.0.1",), connections=50):
    """A cluster whose user "monitor" needs no password."""

    def prepare(directory, port):
        server, data = program("usr/lib/postgresql/*/bin/postgres", "postgresql"), directory / "data"
        user = as_user("postgres", directory)
        subprocess.run([*user, os.path.dirname(server) + "/initdb", "-D", data, "-A", "trust", "-U", "monitor", "-E", "UTF8", "--locale=C"],
                       cwd="/", check=True, stdout=subprocess.DEVNULL)
        (data / "pg_hba.conf").write_text("host all all 127.0.0.0/8 trust\n", encoding="ascii")
        settings = {"listen_addresses": ",".join(hosts), "unix_socket_directories": "", "fsync": "off", "shared_buffers": "16MB",
                    "max_connections": connections, "port": port}
        return [*user, server, "-D", str(data), *(word for key, value in settings.items() for word in ("-c", f"{key}={value}"))]

    return prepare


def mariadb():
    """With the user "monitor" and the password "secret"."""

    def prepare(directory, port):
        server = program("usr/sbin/mariadbd", "mariadb-server")
        user = as_user("mysql", directory)
        (directory / "init.sql").write_text("CREATE USER monitor IDENTIFIED BY 'secret'; GRANT PROCESS, REPLICATION CLIENT, SELECT ON *.* TO monitor;\n", encoding="ascii")
        subprocess.run([*user, program("usr/bin/mariadb-install-db", "mariadb-server"), "--no-defaults", f"--datadir={directory}/data", "--auth-root-authentication-method=normal",
                        "--skip-test-db"], cwd="/", check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return [*user, server, "--no-defaults", f"--datadir={directory}/data", f"--port={port}", "--bind-address=127.0.0.1", f"--socket={directory}/socket",
                f"--init-file={directory}/init.sql", "--innodb-buffer-pool-size=8M", "--skip-log-bin"]

    return prepare


def redis(hosts=("127.0.0.1",)):
    return lambda directory, port: ["/usr/bin/redis-server", "--port", str(port), "--bind", *hosts, "--save", "", "--dir", str(directory)]


def memcached(_directory, port):
    return ["/usr/bin/memcached", "-l", "127.0.0.1", "-p", str(port), "-u", "nobody"]


def mosquitto(directory, port):
    (directory / "mosquitto.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n", encoding="ascii")
    return ["/usr/sbin/mosquitto", "-c", str(directory / "mosquitto.conf")]


def openssh(hosts=("127.0.0.1",), more=()):
    """Takes the calling user with the private key <directory>/key; at most 16 hosts, which is all that sshd listens on.
    A bash that runs a command for sshd reads .bashrc of that user, whatever is in it, unless SHLVL says that another shell did."""

    def prepare(directory, port):
        if os.geteuid() == 0:
            pathlib.Path("/run/sshd").mkdir(exist_ok=True)  # where a machine that runs sshd has it
        for name in ("host_key", "key"):
            subprocess.run([program("usr/bin/ssh-keygen", "openssh-client"), "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", directory / name],
                           check=True, stdin=subprocess.DEVNULL)
        listen = [f"ListenAddress {host}" for host in hosts]
        (directory / "sshd_config").write_text("\n".join([*more, f"Port {port}", *listen, f"HostKey {directory}/host_key", f"AuthorizedKeysFile {directory}/key.pub",
                                                          "PidFile none", "UsePAM no", "StrictModes no", "PermitRootLogin yes", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
                                                          "UseDNS no", "SetEnv SHLVL=9", "PrintMotd no", "PrintLastLog no", ""]), encoding="ascii")
        return [program("usr/sbin/sshd", "openssh-server"), "-D", "-e", "-f", str(directory / "sshd_config")]

    return prepare


def login_name():
    """The user that openssh() takes."""
    return getpass.getuser()


def mongodb(directory, port):
    """A server of MongoDB's protocol in Java, without accounts, that knows some of the commands. tools/setup.sh fetches it."""
    jars = ROOT / ".deps/mongodb"
    if not jars.is_dir():
        raise RuntimeError(f"cannot find {jars}: run tools/setup.sh")
    return [program("usr/bin/java", "openjdk-17-jdk-headless"), "-Xmx64m", "-cp", f"{jars}/*", str(ROOT / "tests/servers/mongodb/Serve.java"), str(port)]


def oidc_provider(redirect_uri, algorithm="RS256"):
    """An OpenID Connect provider whose clients "holter" and "holter-public" come back to that address. tools/setup.sh fetches it."""

    def prepare(_directory, port):
        packages = ROOT / ".deps/oidc"
        if not packages.is_dir():
            raise RuntimeError(f"cannot find {packages}: run tools/setup.sh")
        return ["/usr/bin/env", f"HOLTER_OIDC_PACKAGES={packages}", "node", str(ROOT / "tests/servers/oidc/serve.js"), str(port), redirect_uri, algorithm]

    return prepare
