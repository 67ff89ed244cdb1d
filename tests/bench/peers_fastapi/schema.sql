CREATE TABLE users (
    id serial PRIMARY KEY, email text UNIQUE NOT NULL, hashed_password text NOT NULL,
    is_active boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE codes (
    user_id integer PRIMARY KEY REFERENCES users ON DELETE CASCADE, code text NOT NULL,
    attempts integer NOT NULL DEFAULT 0, expires_at timestamptz NOT NULL);
