"""The service's first three routes as FastAPI and PostgreSQL have them: what `peers` measures it beside.

Its tables are in schema.sql. Endpoints are functions without `async`, which FastAPI runs in its threads: no hash holds
up the event loop, and bcrypt releases the interpreter's lock. A connection is back in the pool before a hash is made.
Codes are printed, as with the service's `MAILER=console`. It has no limits, and so does less for a request.
"""

import contextlib
import hmac
import os
import secrets
from datetime import datetime, timedelta, timezone
from typing import Annotated

import bcrypt
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool
from pydantic import BaseModel, Field

COST = int(os.environ["BCRYPT_COST"])
LIFETIME = timedelta(minutes=1)
NOBODY = bcrypt.hashpw(b"", bcrypt.gensalt(COST))


class Registration(BaseModel):
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)
    password: str = Field(min_length=8, max_length=72)


class Activation(BaseModel):
    code: str = Field(pattern=r"^\d{4}$")


class Account(BaseModel):
    id: int
    email: str
    is_active: bool
    created_at: datetime


@contextlib.asynccontextmanager
async def lifespan(app):
    rows = {"row_factory": dict_row}
    pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=1, max_size=8, kwargs=rows, open=False)
    with pool:
        pool.wait()
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


def database(request: Request):
    return request.app.state.pool


Database = Annotated[ConnectionPool, Depends(database)]


def signed_in(credentials: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())], pool: Database):
    with pool.connection() as connection:
        user = connection.execute("SELECT * FROM users WHERE email = %s", [credentials.username.lower()]).fetchone()
    # An unknown address takes as long as a wrong password.
    known = user["hashed_password"].encode() if user else NOBODY
    if not bcrypt.checkpw(credentials.password.encode(), known) or not user:
        raise HTTPException(401, "wrong address or password", {"WWW-Authenticate": "Basic"})
    return user


User = Annotated[dict, Depends(signed_in)]


@app.post("/api/register", status_code=201)
def register(body: Registration, pool: Database) -> Account:
    hashed = bcrypt.hashpw(body.password.encode(), bcrypt.gensalt(COST)).decode()
    code = f"{secrets.randbelow(10_000):04}"
    with pool.connection() as connection:
        user = connection.execute(
            "INSERT INTO users (email, hashed_password) VALUES (%s, %s) ON CONFLICT (email) DO NOTHING RETURNING *",
            [body.email.lower(), hashed],
        ).fetchone()
        if not user:
            raise HTTPException(409, "this address is registered")
        connection.execute(
            "INSERT INTO codes (user_id, code, expires_at) VALUES (%s, %s, %s)",
            [user["id"], code, datetime.now(timezone.utc) + LIFETIME],
        )
    print(f"code {code}", flush=True)
    return user


@app.post("/api/activate")
def activate(body: Activation, user: User, pool: Database) -> Account:
    with pool.connection() as connection:
        issued = connection.execute(
            "UPDATE codes SET attempts = attempts + 1"
            " WHERE user_id = %s AND attempts < 3 AND expires_at > now() RETURNING code",
            [user["id"]],
        ).fetchone()
        if issued and hmac.compare_digest(issued["code"], body.code):
            connection.execute("DELETE FROM codes WHERE user_id = %s", [user["id"]])
            activated = "UPDATE users SET is_active = true WHERE id = %s RETURNING *"
            return connection.execute(activated, [user["id"]]).fetchone()
    raise HTTPException(403, "wrong or expired code")


@app.get("/api/me")
def me(user: User) -> Account:
    if not user["is_active"]:
        raise HTTPException(403, "not activated")
    return user
