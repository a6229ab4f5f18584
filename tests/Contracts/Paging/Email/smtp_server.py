"""A real SMTP server (aiosmtpd) for the tests: one JSON object of options as its argument, one JSON line on stdout for each message taken.

Options: tls (starttls, implicit, none), cert, key, users (name -> password), answers (recipient -> list of answers to RCPT, the last one
repeated), data (answer to DATA). It ends when its stdin does.
"""
import asyncio
import base64
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

options = json.loads(sys.argv[1])
tls = options.get("tls", "none")
users = options.get("users") or {}
answers = {address: list(said) for address, said in (options.get("answers") or {}).items()}


def tell(**what):
    print(json.dumps(what), flush=True)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        said = answers.get(address, ["250 2.1.5 OK"])
        answer = said.pop(0) if len(said) > 1 else said[0]
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = options.get("data", "250 2.0.0 taken")
        if answer.startswith("2"):
            tell(
                sender=envelope.mail_from,
                to=envelope.rcpt_tos,
                encrypted=session.ssl is not None or tls == "implicit",
                user=session.auth_data.login.decode() if session.auth_data else None,
                raw=base64.b64encode(envelope.original_content).decode(),
            )
        return answer


def authenticate(server, session, envelope, mechanism, given):
    good = isinstance(given, LoginPassword) and users.get(given.login.decode()) == given.password.decode()
    return AuthResult(success=good, handled=good, auth_data=given)


async def main():
    context = None
    if tls != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options["cert"], options["key"])

    def protocol():
        return SMTP(
            Handler(),
            hostname="smtp.test",
            tls_context=context if tls == "starttls" else None,
            require_starttls=tls == "starttls",
            authenticator=authenticate if users else None,
            auth_required=bool(users),
            auth_require_tls=tls == "starttls",
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if tls == "implicit" else None)
    tell(port=server.sockets[0].getsockname()[1])
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
