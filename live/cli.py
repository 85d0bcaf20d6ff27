"""The commands. `live --help` explains each; what they do lives in the modules that they call."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from getpass import getpass
from pathlib import Path

import live
from live import app, auth, check, client, embedded, play, settings, telemetry, up
from live.errors import LiveError, NotFound
from live.storage.erasures import key_for
from live.storage.people import KIOSK, People

DATA = Path("data")


def main(argv: Sequence[str] | None = None) -> int:
    """The `live` command.

    Returns the exit code: 0 well, 1 something was wrong and is named on stderr, 2 usage, 141 nobody reads the output.
    """
    args = _parser().parse_args(argv)
    telemetry.log_to_stderr("DEBUG" if args.verbose else "INFO")
    try:
        code = args.run(args)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except (client.NobodyReads, BrokenPipeError):
        return _unread()
    except LiveError as error:
        return _say(error)
    except BaseExceptionGroup as several:  # from task groups, within each other
        expected, others = several.split(LiveError)
        if expected is None or others is not None:
            raise
        return _say(expected)
    except KeyboardInterrupt:
        return 130


def _unread() -> int:
    """What a shell makes of a program that SIGPIPE ended; Python shall not flush once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE


def _say(error: BaseException) -> int:
    if isinstance(error, BaseExceptionGroup):
        return max(map(_say, error.exceptions))
    print(f"live: {error}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="live", description=live.__doc__)
    parser.add_argument("--version", action="version", version=f"live {live.__version__}")
    parser.add_argument("--verbose", action="store_true", help="log more")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    whole = commands.add_parser("up", help="everything on one machine: MongoDB, Valkey and a hub")
    _listens(whole)
    whole.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="where its servers keep their data (default: ./data)"
    )
    whole.add_argument("--demo", action="store_true", help="play made-up conversations, so that the wall moves")
    whole.set_defaults(run=_up)

    serve = commands.add_parser("serve", help="one hub process against LIVE_MONGODB_URL and LIVE_REDIS_URL")
    _listens(serve)
    serve.set_defaults(run=_serve)

    recorded = commands.add_parser("play", help="send recorded conversations as live traffic")
    play.add_arguments(recorded)
    recorded.set_defaults(run=play.run)

    client.add_commands(commands)

    stored = argparse.ArgumentParser(add_help=False)
    stored.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR",
        help="where LIVE_MONGODB_URL is not set: the data directory of `live up` (default: ./data)",
    )  # fmt: skip
    key = commands.add_parser("key", help="channel keys, and API tokens")
    keys = key.add_subparsers(dest="act", required=True, metavar="ACT")
    about = "make a key for a channel (or, with --token, an API token); it is shown once"
    add = keys.add_parser("add", parents=[stored], help=about)
    add.add_argument("name", help="the channel: [a-z0-9-]{1,32}; or the token's name")
    add.add_argument("--kind", help="the channel's kind, such as chat, sms, email (default: its name)")
    add.add_argument("--token", action="store_true", help="make an API token, which may do what a reviewer may")
    add.add_argument("--kiosk", action="store_true", help="make a token for a screen, which may look at the wall alone")
    add.add_argument("--unmasked", action="store_true", help="a kiosk that shows names and what was said")
    add.set_defaults(run=_key_add)
    keys.add_parser("list", parents=[stored], help="all keys and tokens; never their text").set_defaults(run=_key_list)
    revoke = keys.add_parser("revoke", parents=[stored], help="end a key or token; hubs heed it within seconds")
    revoke.add_argument("hint", help="the start of the key, as `live key list` shows it")
    revoke.set_defaults(run=_key_revoke)

    user = commands.add_parser("user", help="accounts")
    users = user.add_subparsers(dest="act", required=True, metavar="ACT")
    for name, about, run in (("add", "make an account", _user_add), ("passwd", "set its password", _user_passwd)):
        typed = "the password is read from the terminal, or one line of standard input"
        one = users.add_parser(name, parents=[stored], help=f"{about}; {typed}")
        one.add_argument("name")
        if name == "add":
            one.add_argument("--role", choices=("viewer", "reviewer", "admin"), default="reviewer")
        one.set_defaults(run=run)
    users.add_parser("list", parents=[stored], help="all accounts").set_defaults(run=_user_list)

    about = "verify the stored cards against the events, and repair them"
    checked = commands.add_parser("check", parents=[stored], help=about)
    checked.add_argument("--dry-run", action="store_true", help="say what is wrong, change nothing")
    checked.set_defaults(run=_check)

    erased = commands.add_parser("erase", parents=[stored], help="erase sessions, for good: their events and cards")
    erased.add_argument("sessions", nargs="+", metavar="SESSION", help="its id, as `web:8f3a`")
    erased.add_argument("--yes", action="store_true", help="do not ask for each id to be typed again")
    erased.set_defaults(run=_erase)

    commands.add_parser("config", help="every setting: name, value in force, meaning").set_defaults(run=_config)
    return parser


def _listens(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", help="where to listen (default: LIVE_HOST, 127.0.0.1)")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")), help="default: PORT, 8000")


# servers -------------------------------------------------------------------------------------------------------------


def _serve(args: argparse.Namespace) -> None:
    asyncio.run(up.one_hub(settings.load(os.environ), host=args.host, port=args.port))


def _up(args: argparse.Namespace) -> None:
    configured = settings.load(os.environ)
    asyncio.run(up.everything(configured, host=args.host, port=args.port, data=args.data, with_demo=args.demo))


# accounts, keys ------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _storage(args: argparse.Namespace) -> AsyncIterator[app.Storage]:
    """The store that is set, else that of `live up`."""
    configured = settings.load(os.environ)
    async with AsyncExitStack() as stack:
        if configured.mongodb_url is None:
            configured = replace(configured, mongodb_url=await stack.enter_async_context(embedded.store(args.data)))
        yield await stack.enter_async_context(app.storage(configured))


def _on_people(args: argparse.Namespace, act: Callable[[People], Awaitable[None]]) -> None:
    async def run() -> None:
        async with _storage(args) as kept:
            await act(kept.people)

    asyncio.run(run())


def _key_add(args: argparse.Namespace) -> None:
    async def act(people: People) -> None:
        if args.kiosk:
            token = await people.add_kiosk(args.name, unmasked=args.unmasked)
            print(token)
            print(f"open on the screen: /wall?kiosk=true&token={token}", file=sys.stderr)
        elif args.token:
            print(await people.add_token(args.name))
        else:
            print(await people.add_key(args.name, kind=args.kind))

    _on_people(args, act)


def _key_list(args: argparse.Namespace) -> None:
    async def act(people: People) -> None:
        for key in await people.list_keys():
            print(f"{key.hint}…  key    {key.channel:<32} {key.kind:<16} {'revoked' if key.revoked else 'in use'}")
        for token in await people.list_tokens():
            role = f"{token.role}, masked" if token.role == KIOSK and not token.unmasked else token.role
            print(f"{token.hint}…  token  {token.name:<32} {role:<16} {'revoked' if token.revoked else 'in use'}")

    _on_people(args, act)


def _key_revoke(args: argparse.Namespace) -> None:
    async def act(people: People) -> None:
        print(f"revoked {await people.revoke(args.hint)}")

    _on_people(args, act)


def _password() -> str:
    return getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _user_add(args: argparse.Namespace) -> None:
    password = _password()

    async def act(people: People) -> None:
        await people.add_user(args.name, password_hash=await auth.hashed(password), role=args.role)

    _on_people(args, act)


def _user_passwd(args: argparse.Namespace) -> None:
    password = _password()

    async def act(people: People) -> None:
        await people.set_password(args.name, password_hash=await auth.hashed(password))

    _on_people(args, act)


def _user_list(args: argparse.Namespace) -> None:
    async def act(people: People) -> None:
        for user in await people.list_users():
            print(f"{user.name:<32} {user.role}")

    _on_people(args, act)


# the store, the settings ---------------------------------------------------------------------------------------------


def _check(args: argparse.Namespace) -> int:
    async def run() -> int:
        async with _storage(args) as kept:
            return await check.cards(kept.journal, kept.cards, repair=not args.dry_run)

    return asyncio.run(run())


def _erase(args: argparse.Namespace) -> int:
    wanted = [session for session in dict.fromkeys(args.sessions) if args.yes or _typed_again(session)]
    missing = len(set(args.sessions)) - len(wanted)

    async def run() -> int:
        lacking = missing
        async with _storage(args) as kept:
            for session in wanted:
                if await kept.erasures.erase(session, key=key_for(session, datetime.now(UTC))):
                    print(f"erased {session}")
                else:
                    print(f"live: {NotFound('session', session)}", file=sys.stderr)
                    lacking += 1
        return 1 if lacking else 0

    return asyncio.run(run()) if wanted else 1


def _typed_again(session: str) -> bool:
    """Does whoever asks mean it?"""
    print(f"Type {session} to erase it for good: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().rstrip("\n") == session:
        return True
    print(f"live: not erased: {session}", file=sys.stderr)
    return False


def _config(args: argparse.Namespace) -> None:
    settings.load(os.environ)
    for row in settings.rows():
        value = os.environ.get(row.name)
        shown = row.default or "-" if value is None else "(set)" if row.secret else value
        print(f"{row.name:<26} {shown:<28} {row.about}")
