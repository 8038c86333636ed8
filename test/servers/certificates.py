"""
Certificates for TLS tests: an authority of our own, and what it signed for the server and for a client.

Lifecycle: files in a directory of the workspace, made once per server and valid for two days.
"""

import dataclasses
import pathlib
import shutil
import subprocess

from workspace import ServerError


@dataclasses.dataclass(frozen=True)
class Certificates:
	authority: pathlib.Path
	other_authority: pathlib.Path
	server_certificate: pathlib.Path
	server_key: pathlib.Path
	client_certificate: pathlib.Path
	client_key: pathlib.Path


def _openssl(*arguments):
	if shutil.which("openssl") is None:
		raise ServerError("openssl is not installed (make deps)")
	outcome = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
	if outcome.returncode != 0:
		raise ServerError(f"openssl {' '.join(map(str, arguments))} failed:\n{outcome.stderr}")


def _key(path):
	_openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
	# The servers' user reads it; it protects nothing but a test.
	path.chmod(0o644)


def authority(directory, name="authority"):
	"""A self-signed authority: <name>.pem and <name>.key."""
	directory.mkdir(mode=0o755, exist_ok=True)
	_key(directory / f"{name}.key")
	_openssl("req", "-x509", "-new", "-key", directory / f"{name}.key", "-out", directory / f"{name}.pem", "-days", "2",
			 "-subj", f"/CN=test {name}", "-addext", "basicConstraints=critical,CA:TRUE",
			 "-addext", "keyUsage=critical,keyCertSign,cRLSign")
	return directory / f"{name}.pem"


def sign(directory, name, alternative_names="", authority_name="authority"):
	"""A key and a certificate: <name>.key and <name>.pem, for alternative names like DNS:localhost."""
	_key(directory / f"{name}.key")
	_openssl("req", "-new", "-key", directory / f"{name}.key", "-out", directory / f"{name}.csr", "-subj",
			 f"/CN=test {name}")
	extensions = directory / f"{name}.extensions"
	extensions.write_text("basicConstraints=CA:FALSE\n" +
						  (f"subjectAltName={alternative_names}\n" if alternative_names else ""), "ascii")
	_openssl("x509", "-req", "-in", directory / f"{name}.csr", "-CA", directory / f"{authority_name}.pem",
			 "-CAkey", directory / f"{authority_name}.key", "-CAcreateserial", "-days", "2", "-extfile", extensions,
			 "-out", directory / f"{name}.pem")
	return directory / f"{name}.pem"


def make(directory):
	"""
	Everything that a server and a client with a certificate need. The server's is made out to localhost only, so that
	a client who says 127.0.0.1 must be refused where it verifies the name; the other authority signed nothing.
	"""
	return Certificates(
		authority=authority(directory),
		other_authority=authority(directory, "other"),
		server_certificate=sign(directory, "server", "DNS:localhost"),
		server_key=directory / "server.key",
		client_certificate=sign(directory, "client"),
		client_key=directory / "client.key")
