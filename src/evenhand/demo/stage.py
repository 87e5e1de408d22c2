"""The stage of the demo: a real server on a fresh folder, with tenants and annotators on it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from msgspec import structs

from evenhand import tenants, workforce
from evenhand.app.context import Context
from evenhand.app.installation import open_installation
from evenhand.demo.annotators import Annotator
from evenhand.demo.customer import Customer, customer
from evenhand.demo.receiver import Receiver, receiving
from evenhand.demo.server import DemoServer, serving
from evenhand.foundation.settings import Settings

POOL_SIZE = 4  # the demo looks into the database only at its beginning and its end


@dataclass(frozen=True, slots=True)
class Stage:
    """What the demo stands on while it runs."""

    server: DemoServer
    context: Context
    receiver: Receiver
    stack: AsyncExitStack

    async def enter_tenant(self, name: str, address: str) -> Customer:
        """Make a tenant as the operator would, and connect it as a customer would."""
        made = await tenants.create(
            self.context.pool, self.context.secret, name, now=self.context.clock.now()
        )
        inbox = self.receiver.open_inbox(address, made.callback_auth_key)
        return await self.stack.enter_async_context(
            customer(self.server.address, name, made.tenant_id, made.live_key, inbox)
        )

    async def enter_models(self, annotators: Sequence[Annotator]) -> list[str]:
        """Enter the annotators as models, which they are, and return their tokens."""
        return [
            await self._enter(annotator.email, annotator.name, kind="model")
            for annotator in annotators
        ]

    async def enter_person(self) -> str:
        """Enter the visitor, who also reviews what was left in doubt; returns the sign-in link."""
        token = await self._enter("you@demo.invalid", "You", kind="person", reviewer=True)
        return f"{self.server.address}/sign-in#token={token}"

    async def _enter(
        self, email: str, name: str, *, kind: workforce.Kind, reviewer: bool = False
    ) -> str:
        async with self.context.pool.connection() as connection, connection.transaction():
            made = await workforce.create(
                connection,
                email,
                name=name,
                kind=kind,
                reviewer=reviewer,
                now=self.context.clock.now(),
            )
        return made.token


@asynccontextmanager
async def stage(data_dir: Path, settings: Settings) -> AsyncGenerator[Stage]:
    """Start the server and the receiver, and stop them in the end."""
    own = structs.replace(
        settings,
        data_dir=data_dir,
        database_url=None,
        secret_key=None,
        storage_url=None,
        pool_size=POOL_SIZE,
    )
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(data_dir))
        context = await stack.enter_async_context(open_installation(own))
        receiver = await stack.enter_async_context(receiving())
        yield Stage(server, context, receiver, stack)
