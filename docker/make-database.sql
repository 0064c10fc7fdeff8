-- The board's own role can do nothing but own its database: not a superuser, makes no roles and no other databases.
\getenv password POSTGRES_PASSWORD
create role quoth login password :'password';
create database quoth owner quoth;
-- The superuser keeps no password, so nobody becomes it by the network: docker compose exec database psql -U postgres
alter role postgres password null;
