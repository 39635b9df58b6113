// Runs cases one after the other and prints a JSON line for each. The Go test counts them.
import assert from 'node:assert/strict';

export const endpoint = {
  baseURL: process.env.E2E_BASE_URL,
  key: process.env.E2E_KEY,
  narrow: process.env.E2E_NARROW,
  gate: process.env.E2E_GATE === 'true',
};

export const address = 'jane.doe@example.com';

// Marks, joiners, scripts, quotes, escapes, tags: what often breaks on the way.
export const unicode = 'naïve café — 你好, Привет, שלום, 👩‍👩‍👧‍👦 🇳🇴 e\u0301 "quoted" \\n <b>&amp;</b> \u2028 end';

// run takes {name: function}. The names of cases that need a gate begin with "gate: "; without one they are left out.
export async function run(cases) {
  for (const [name, test] of Object.entries(cases)) {
    const result = { case: name };
    if (name.startsWith('gate: ') && !endpoint.gate) {
      result.skipped = true;
    } else {
      try {
        await within(test(), 30_000);
        result.ok = true;
      } catch (error) {
        result.error = String(error?.stack ?? error).slice(0, 2000);
      }
    }
    console.log(JSON.stringify(result));
  }
}

function within(promise, ms) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export function masked(text) {
  assert.match(text, /\[EMAIL[^\]]*\]/);
  assert.doesNotMatch(text, /jane|example\.com/);
}

export function unsaid(text) {
  assert.doesNotMatch(text ?? '', /xyz/);
}

// fails returns the error that the promise is rejected with.
export async function fails(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail('it succeeded');
}

// watching is a fetch that notes refusals with status 429 and how long the client then waited.
export function watching() {
  const seen = { refused: 0, told: 0, waited: 0 };
  let refusedAt = 0;
  const watch = async (url, init) => {
    if (refusedAt) seen.waited = Date.now() - refusedAt;
    const response = await fetch(url, init);
    refusedAt = 0;
    if (response.status === 429) {
      seen.refused++;
      seen.told = 1000 * Number(response.headers.get('retry-after'));
      refusedAt = Date.now();
    }
    return response;
  };
  return { seen, fetch: watch };
}

export function waitedAsTold(seen) {
  assert.ok(seen.refused > 0 && seen.told > 0, `refused ${seen.refused} times, told to wait ${seen.told} ms`);
  assert.ok(seen.waited >= seen.told / 2, `told to wait ${seen.told} ms, waited ${seen.waited}`);
}

// eventually asks until it is not refused: a gate needs a moment to see that a caller is gone.
export async function eventually(ask) {
  const end = Date.now() + 10_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export { assert };
