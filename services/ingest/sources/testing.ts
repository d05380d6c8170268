/** Answers as feeds give them, for the tests and benchmarks here. */

/** An aircraft as readsb and the v2 APIs describe one, with all that they say of it on a good day. */
export function aircraftItem(i: number): Record<string, unknown> {
  return {
    hex: (0xa00000 + i).toString(16),
    type: "adsb_icao",
    flight: `UAL${i % 10_000}  `,
    r: `N${i}UA`,
    t: "B738",
    alt_baro: 35_000 - i % 300 * 100,
    alt_geom: 35_425 - i % 300 * 100,
    gs: 451.3,
    ias: 265,
    tas: 452,
    mach: 0.784,
    wd: 271,
    ws: 23,
    oat: -52,
    tat: -27,
    track: 272.14,
    track_rate: -0.03,
    roll: -0.35,
    mag_heading: 284.59,
    true_heading: 271.6,
    baro_rate: -64,
    geom_rate: -32,
    squawk: "2346",
    emergency: "none",
    category: "A3",
    nav_qnh: 1013.6,
    nav_altitude_mcp: 35_008,
    nav_heading: 284.77,
    lat: 40.2 + i % 100 / 100,
    lon: -74.5 + i % 97 / 100,
    nic: 8,
    rc: 186,
    seen_pos: i % 10 / 10,
    version: 2,
    nic_baro: 1,
    nac_p: 10,
    nac_v: 2,
    sil: 3,
    sil_type: "perhour",
    gva: 2,
    sda: 2,
    alert: 0,
    spi: 0,
    mlat: [],
    tisb: [],
    messages: 12_345 + i,
    seen: i % 10 / 10,
    rssi: -18.4,
    dst: 12.345,
    dir: 213.4,
  };
}

/** A server on this machine that answers as a feed; every request is kept. */
export interface FakeFeed extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  readonly requests: { readonly url: URL; readonly headers: Headers; readonly body: string }[];
}

/** `answer` gets the number of the request, from 0. A text is JSON with status 200. */
export function serveFeed(
  answer: (count: number) => string | Response | Promise<string | Response>,
): FakeFeed {
  const requests: FakeFeed["requests"] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { url, headers } = request;
      requests.push({ url: new URL(url), headers, body: await request.text() });
      const answered = await answer(requests.length - 1);
      if (typeof answered !== "string") return answered;
      return new Response(answered, { headers: { "content-type": "application/json" } });
    },
  );
  const host = `127.0.0.1:${server.addr.port}`;
  return {
    url: `http://${host}`,
    host,
    requests,
    [Symbol.asyncDispose]: async () => {
      await server.shutdown();
    },
  };
}
