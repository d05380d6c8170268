-- What each receiver of webhooks has taken, so that no restart sends it again.
create table webhook_deliveries (
  -- A digest of its address, in which there may be a secret.
  receiver text not null,
  -- The anomaly and its state.
  delivery text not null,
  taken_at timestamptz not null default now(),
  primary key (receiver, delivery)
);
create index webhook_deliveries_taken_at on webhook_deliveries (taken_at);
