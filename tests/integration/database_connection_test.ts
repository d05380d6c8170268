/** A database that comes late, goes away, comes back, or will not have us. */
import assert from "node:assert/strict";
import {
  connectDatabase,
  Database,
  DatabaseRefused,
  type DatabaseState,
  DatabaseUnavailable,
  knock,
  type Sql,
} from "../../db/database.ts";
import { migrate, SCHEMA_VERSION } from "../../db/schema.ts";
import { flightRow, withSql } from "../../db/testing.ts";
import { writeHistory } from "../../db/writes.ts";
import { eventually, within } from "../../services/testing/deadline.ts";
import { freePorts } from "../program.ts";
import { type PostgisServer, postgisTest, startPostgis } from "../servers/postgis.ts";

/** A busy machine, too, connects and answers within that. */
const ANSWER_WITHIN_MS = 3000;

let running: PostgisServer | undefined;
const server = async () => running ??= await startPostgis();
Deno.test.afterAll(async () => await running?.close());

/** A database with our schema. */
async function migrated(): Promise<string> {
  const url = await (await server()).createDatabase();
  await withSql(url, (sql) => migrate(sql));
  return url;
}

async function withDatabase(url: string, use: (database: Database) => Promise<void>) {
  const database = connectDatabase(url, { firstBackoffMs: 20 });
  await use(database).finally(() => database.close());
}

async function refusal(url: string): Promise<DatabaseRefused> {
  const database = connectDatabase(url, { firstBackoffMs: 20 });
  try {
    await within(database.whenOk(), "refusal");
  } catch (error) {
    assert(error instanceof DatabaseRefused, String(error));
    assert.equal(database.state().status, "down");
    assert.equal(database.state().detail, error.message);
    return error;
  } finally {
    await database.close();
  }
  throw new Error("it was not refused");
}

postgisTest("a disk that is full is waited for, and said to be", async () => {
  await withDatabase(await migrated(), async (database) => {
    await within(database.whenOk(), "database");
    // What PostgreSQL says when it cannot extend a file.
    const full = "do $$ begin raise disk_full using message = 'could not extend file'; end $$";
    await assert.rejects(database.use((sql) => sql.unsafe(full)), {
      name: "DatabaseUnavailable",
      message: /no room left: make some \(could not extend file\)/,
    });
    assert.equal(database.state().status, "down");
    await within(database.whenOk(), "database with room");
  });
});

postgisTest("an outage is told, survived and written through without loss or doubles", async () => {
  const url = await migrated();
  const states: DatabaseState[] = [];
  const database = connectDatabase(url, {
    firstBackoffMs: 20,
    onState: (state) => states.push(state),
  });
  await within(database.whenOk(), "database");
  let stopped = false;
  let written = 0;
  const unavailable: DatabaseUnavailable[] = [];
  const writing = (async () => {
    while (!stopped || written % 10 !== 0) {
      await database.whenOk();
      try {
        await database.use((sql) => writeHistory(sql, [flightRow("abc123", written)]));
        written++;
      } catch (error) {
        if (!(error instanceof DatabaseUnavailable)) throw error;
        unavailable.push(error);
      }
    }
  })();
  await eventually(() => written > 20, "writes before the outage");
  await running!.kill();
  await eventually(() => database.state().status === "down", "outage");
  await assert.rejects(database.use(() => Promise.resolve(1)), {
    name: "DatabaseUnavailable",
    retryAfterS: 2,
    message: /^The database is down: no answer from the database at 127\.0\.0\.1:\d+\//,
  });
  const before = written;
  await running!.start();
  await eventually(() => written > before + 20, "writes after the outage");
  stopped = true;
  await within(writing, "end of writing");
  const rows = await database.use((sql) =>
    sql.unsafe("select count(*)::int as n from flights_history")
  );
  assert.equal(rows[0]!.n, written);
  assert(unavailable.length > 0);
  assert.deepEqual(
    states.map(({ status }) => status).filter((status, i, all) => status !== all[i - 1]),
    ["ok", "down", "ok"],
  );
  await database.close();
}, "own");

postgisTest("a database that comes later is waited for", async () => {
  const url = await migrated();
  await running!.kill();
  await withDatabase(url, async (database) => {
    await eventually(() => /no answer/.test(database.state().detail ?? ""), "first attempt");
    assert.equal(database.state().status, "starting");
    await assert.rejects(database.use(() => Promise.resolve(1)), DatabaseUnavailable);
    await running!.start();
    await within(database.whenOk(), "database");
    assert.deepEqual(database.state(), { status: "ok" });
  });
}, "own");

/** What stands between us and the database at `url`, and may stop passing anything on. */
function relay(url: string) {
  const address = new URL(url);
  const target = { hostname: address.hostname, port: Number(address.port) };
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  address.port = String(listener.addr.port);
  const open = new Set<Deno.TcpConn>();
  let flow: Promise<void> = Promise.resolve();
  let connections = 0;
  const pass = async (from: Deno.TcpConn, to: Deno.TcpConn) => {
    for await (const chunk of from.readable) {
      await flow;
      await to.write(chunk);
    }
  };
  const serving = (async () => {
    for await (const client of listener) {
      await flow;
      const server = await Deno.connect(target);
      for (const one of [client, server]) open.add(one);
      connections++;
      void Promise.allSettled([pass(client, server), pass(server, client)]);
    }
  })();
  return {
    url: address.href,
    /** How many there have been. */
    connections: () => connections,
    /** Until what is returned is called. */
    hang() {
      const { promise, resolve } = Promise.withResolvers<void>();
      flow = promise;
      return resolve;
    },
    async close() {
      listener.close();
      await serving;
      for (const one of open) {
        try {
          one.close();
        } catch {
          // Its stream has closed it.
        }
      }
    },
  };
}

postgisTest("a database that goes while nobody asks it anything is told to be away", async () => {
  const url = await migrated();
  const database = connectDatabase(url, { firstBackoffMs: 20, answerWithinMs: ANSWER_WITHIN_MS });
  await within(database.whenOk(), "database");
  await running!.kill();
  await eventually(() => database.state().status === "down", "word of it");
  assert.match(database.state().detail ?? "", /^no answer from the database/);
  await running!.start();
  await within(database.whenOk(), "database again");
  await database.close();
}, "own");

postgisTest("a database that hangs is told, and what waited for it is written later", async () => {
  const url = await migrated();
  const between = relay(url);
  const database = connectDatabase(between.url, {
    firstBackoffMs: 20,
    answerWithinMs: ANSWER_WITHIN_MS,
  });
  await within(database.whenOk(), "database");
  const count = (sql: Sql) => sql.unsafe("select count(*)::int as n from flights_history");
  async function* pages(sql: Sql) {
    yield await count(sql);
    return "end";
  }
  // A query that takes its time is no outage: whoever is asked meanwhile answers.
  await withSql(url, async (sql) => {
    await sql.begin(async (sql) => {
      await sql.unsafe("lock flights_history");
      const slow = database.use(count);
      // The second is asked when the first has had its answer.
      const asked = between.connections();
      await eventually(
        () => between.connections() >= asked + 2,
        "two questions whether it is there",
      );
      assert.deepEqual(database.state(), { status: "ok" });
      return { slow };
    }).then(({ slow }) => within(slow, "the slow answer"));
  });
  assert.deepEqual(database.state(), { status: "ok" });
  const goOn = between.hang();
  const waiting = [
    database.use((sql) => writeHistory(sql, [flightRow("abc123", 1)])),
    database.stream(pages).next(),
  ];
  for (const one of await within(Promise.allSettled(waiting), "end of the wait")) {
    assert.equal(one.status === "rejected" && one.reason.name, "DatabaseUnavailable");
  }
  assert.match(
    database.state().detail ?? "",
    /^no answer from the database at .*: see that it runs/,
  );
  goOn();
  await within(database.whenOk(), "database again");
  await database.use((sql) => writeHistory(sql, [flightRow("abc123", 1)]));
  assert.equal((await database.use(count))[0]!.n, 1);
  await database.close();
  await between.close();
});

Deno.test("what takes connections and hangs up in order is told to be no database", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(1000));
      connection.close();
    }
  })();
  const url = `postgres://skysentinel@127.0.0.1:${listener.addr.port}/skysentinel`;
  await assert.rejects(within(knock(url, { answerWithinMs: 200 }), "answer"), {
    code: "CONNECTION_DESTROYED",
  });
  const database = connectDatabase(url, { firstBackoffMs: 60_000, answerWithinMs: 200 });
  await eventually(() => /hung up/.test(database.state().detail ?? ""), "sentence");
  await database.close();
  listener.close();
  await serving;
});

postgisTest("what is wrong with the query is the caller's, and no outage", async () => {
  await withDatabase(await migrated(), async (database) => {
    await within(database.whenOk(), "database");
    await assert.rejects(database.use((sql) => sql.unsafe("select nonsense")), {
      name: "PostgresError",
    });
    assert.deepEqual(database.state(), { status: "ok" });
  });
});

postgisTest("wrong credentials and missing databases are refused with one sentence", async () => {
  const password = new URL(await migrated());
  password.password = "not-the-password";
  const { message } = await refusal(password.href);
  assert.match(
    message,
    /refuses the user or the password: check DATABASE_URL and POSTGRES_PASSWORD/,
  );
  assert(!message.includes("not-the-password"));
  const missing = new URL(await migrated());
  missing.pathname = "/nothing_here";
  assert.match((await refusal(missing.href)).message, /^there is no such database: .*nothing_here/);
});

postgisTest(
  "another schema version is refused with what to do, and nothing is written",
  async () => {
    const empty = await (await server()).createDatabase();
    assert.equal(
      (await refusal(empty)).message,
      `the database has schema version 0, but this code needs ${SCHEMA_VERSION}: run deno task migrate`,
    );
    const tables = await withSql(
      empty,
      (sql) => sql.unsafe("select from pg_class where relnamespace = 'public'::regnamespace"),
    );
    assert.equal(tables.length, 0);
    const newer = await migrated();
    await withSql(
      newer,
      (sql) =>
        sql.unsafe("insert into schema_migrations (version, name) values (99, 'of the future')"),
    );
    assert.match(
      (await refusal(newer)).message,
      /version 99.*this code is older than the database/,
    );
  },
);

postgisTest("the password of POSTGRES_PASSWORD is for an address without one", async () => {
  const address = new URL(await migrated());
  address.password = "";
  for (const password of ["skysentinel", undefined]) {
    const database = connectDatabase(address.href, { password });
    await within(database.whenOk(), "database");
    await database.close();
  }
});

Deno.test("closing does not wait for a database that is not there", async () => {
  const [port] = freePorts(1);
  const database = connectDatabase(`postgres://skysentinel@127.0.0.1:${port}/skysentinel`);
  await eventually(() => /no answer/.test(database.state().detail ?? ""), "first attempt");
  await within(database.close(), "end");
});
