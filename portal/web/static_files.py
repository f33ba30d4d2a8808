"""Static files: names that carry a hash of the content, compressed copies beside them, kept for a year."""

import hashlib
import mimetypes
import shutil
import tempfile
from pathlib import Path
from typing import cast
from wsgiref.headers import Headers
from wsgiref.types import WSGIApplication

from flask import Flask
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from portal.config import ROOT

STATIC = ROOT / "static"


class StaticFiles:
    """The files of one folder under `/static/`, each also under a name with its hash."""

    def __init__(self, folder: Path = STATIC) -> None:
        names = sorted(file.relative_to(folder) for file in folder.rglob("*") if file.is_file())
        digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12] for name in names}
        self.folder = folder
        self.hashed = {
            str(name): str(name.with_name(f"{name.stem}.{digest}{name.suffix}")) for name, digest in digests.items()
        }

    def url(self, name: str) -> str:
        """The address of a file; raises KeyError for one that is not there."""
        return f"/static/{self.hashed[name]}"

    def build(self, target: Path) -> Path:
        """Hashed copies and their compressed forms in a folder named by their content, made once."""
        content = hashlib.sha256("\n".join(sorted(self.hashed.values())).encode()).hexdigest()[:16]
        built = target / content
        if built.is_dir():
            return built
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=target))
        compressor = Compressor(quiet=True)
        for name, hashed in self.hashed.items():
            copy = making / hashed
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.folder / name, copy)
            if compressor.should_compress(copy.name):
                compressor.compress(str(copy))
        try:
            making.rename(built)
        except OSError:  # another process was first
            shutil.rmtree(making)
        return built

    def wrap(self, wsgi_app: WSGIApplication, target: Path) -> WSGIApplication:
        built = self.build(target)
        hashed = frozenset(self.hashed.values())
        server = WhiteNoise(
            wsgi_app,
            immutable_file_test=lambda _path, url: url.removeprefix("/static/") in hashed,
            allow_all_origins=False,  # they are for our pages, as Cross-Origin-Resource-Policy says
            add_headers_function=_name_the_content,
        )
        server.add_files(str(built), prefix="static/")
        if "favicon.ico" in self.hashed:
            server.add_file_to_dictionary("/favicon.ico", str(built / self.hashed["favicon.ico"]))
        return cast(WSGIApplication, server)


def _name_the_content(headers: Headers, path: str, _url: str) -> None:
    """The same on every node and for each compressed form, so weak; WhiteNoise would take the time of the copy."""
    headers["ETag"] = f'W/"{Path(path).name.split(".")[-2]}"'


mimetypes.add_type("text/javascript", ".js")


def init_app(app: Flask, instance: Path) -> None:
    files = StaticFiles()
    app.jinja_env.globals["static_url"] = files.url
    app.wsgi_app = files.wrap(app.wsgi_app, instance / "static")  # type: ignore[assignment]  # typed loosely by Flask
