import assert from "node:assert/strict";
import { hubHttpUrl } from "./live.ts";

Deno.test("the hub is where the page was told, else on the page's own host", () => {
  const page = new URL("http://192.0.2.7:3000/");
  assert.equal(hubHttpUrl({ backendPort: "8000" }, page), "http://192.0.2.7:8000");
  const elsewhere = { hubUrl: "https://hub.example.org", backendPort: "8000" };
  assert.equal(hubHttpUrl(elsewhere, page), "https://hub.example.org");
  const below = { hubUrl: "http://example.org:81/sky/" };
  assert.equal(hubHttpUrl(below, page), "http://example.org:81/sky");
});
