import Anthropic from '@anthropic-ai/sdk';
import { address, assert, endpoint, eventually, fails, masked, run, unicode, unsaid, waitedAsTold, watching } from './cases.mjs';

const client = (more = {}) =>
  new Anthropic({ baseURL: endpoint.baseURL, apiKey: endpoint.key, maxRetries: 0, ...more });

const ask = (model, content, more = {}) => ({ model, max_tokens: 10_000, messages: [{ role: 'user', content }], ...more });

const properties = { to: { type: 'string' }, body: { type: 'string' }, city: { type: 'string' } };
const tools = ['send_mail', 'look_up'].map((name) => ({ name, input_schema: { type: 'object', properties } }));

// message asks whole and streamed, compares both, and returns the answer.
async function message(params) {
  const whole = await client().messages.create(params);
  let text = '';
  const stream = client().messages.stream(params);
  stream.on('text', (delta) => (text += delta));
  const sum = await stream.finalMessage();
  const view = (a) => [a.stop_reason, a.stop_sequence, a.stop_reason === 'refusal' || a.usage.output_tokens,
    a.content.map((b) => [b.type, b.text, b.thinking, b.name, b.input])];
  assert.deepEqual(view(sum), view(whole));
  assert.equal(text, said(whole));
  return whole;
}

const said = (a) => a.content.map((b) => b.text ?? '').join('');

await run({
  'a text comes back, streamed as whole': async () => {
    const a = await message(ask('echo', 'The quick brown fox.'));
    assert.equal(said(a), 'The quick brown fox.');
    assert.equal(a.stop_reason, 'end_turn');
  },
  'a system prompt and several turns are taken': async () => {
    const a = await message({ ...ask('echo', ''), system: 'You repeat.', messages: [{ role: 'user', content: 'First.' },
      { role: 'assistant', content: 'First.' }, { role: 'user', content: [{ type: 'text', text: 'Second.' }] }] });
    assert.equal(said(a), 'Second.');
  },
  'unicode arrives as it was sent': async () => {
    assert.equal(said(await message(ask('echo', unicode))), unicode);
  },
  'a large body arrives whole': async () => {
    const long = 'All work and no play makes this a long text. '.repeat(500);
    assert.equal(said(await message(ask('echo', long))), long);
  },
  'thinking comes signed before the text': async () => {
    const a = await message(ask('echo', 'Hm.', { thinking: { type: 'enabled', budget_tokens: 2048 } }));
    assert.equal(a.content[0].type, 'thinking');
    assert.ok(a.content[0].signature);
  },
  'tools are called in parallel, and their results answered': async () => {
    const p = ask('echo', 'Please call look_up with {"city":"Oslo"} and call look_up with {"city":"Rome"}.', { tools });
    const a = await message(p);
    assert.deepEqual(a.content.map((b) => b.input), [{ city: 'Oslo' }, { city: 'Rome' }]);
    const results = a.content.map((b) => ({ type: 'tool_result', tool_use_id: b.id, content: 'Cold. ' }));
    const b = await message({ ...p, messages: [...p.messages, { role: 'assistant', content: a.content }, { role: 'user', content: results }] });
    assert.equal(said(b), 'Cold. Cold. ');
  },
  'tokens are counted': async () => {
    const a = await client().messages.countTokens({ model: 'echo', messages: [{ role: 'user', content: 'twelve bytes' }] });
    assert.equal(a.input_tokens, 3);
  },
  'models are listed': async () => {
    let n = 0;
    for await (const model of client().models.list()) n += model.type === 'model' ? 1 : 0;
    assert.ok(n > 0);
  },
  'a wrong key is an authentication error': async () => {
    const error = await fails(client({ apiKey: 'sp-0000000000000000000000000000' }).messages.create(ask('echo', 'hi')));
    assert.ok(error instanceof Anthropic.AuthenticationError, String(error));
    assert.equal(error.error.error.type, 'authentication_error');
  },
  'a malformed parameter is a bad request': async () => {
    const error = await fails(client().messages.create(ask('echo', 'hi', { temperature: 'very hot' })));
    assert.ok(error instanceof Anthropic.BadRequestError, String(error));
    assert.equal(error.error.error.type, 'invalid_request_error');
  },
  "an upstream's refusal comes through": async () => {
    const error = await fails(client().messages.create(ask('echo', 'fail as a bad request', { stream: true })));
    assert.ok(error instanceof Anthropic.BadRequestError, String(error));
  },
  "an upstream's outage is an error of the dialect": async () => {
    const error = await fails(client().messages.create(ask('broken-1', 'fail as an outage')));
    assert.ok(error instanceof Anthropic.InternalServerError, String(error));
  },
  'a limited caller waits as told and succeeds': async () => {
    const { seen, fetch } = watching();
    const c = client({ maxRetries: 3, fetch });
    for (let i = 0; i < 2; i++) await c.messages.create(ask('limited-1', 'rate me, anthropic in javascript'));
    waitedAsTold(seen);
  },
  'hanging up in the middle frees the gate': async () => {
    const stream = await client().messages.create(ask('single-1', 'be slow', { stream: true }));
    for await (const _ of stream) break;
    stream.controller.abort();
    await eventually(() => client().messages.create(ask('single-1', 'hi')));
  },
  "gate: a model outside the key's scope is refused": async () => {
    const error = await fails(client({ apiKey: endpoint.narrow }).messages.create(ask('another-model', 'hi')));
    assert.ok(error instanceof Anthropic.PermissionDeniedError || error instanceof Anthropic.NotFoundError, String(error));
  },
  'gate: an address in the prompt is masked': async () => {
    masked(said(await message(ask('strict-1', `Please write to ${address} today.`))));
  },
  'gate: an address in the answer is masked': async () => {
    masked(said(await message(ask('strict-1', 'who is the contact'))));
  },
  'gate: an address in tool arguments is masked': async () => {
    masked(JSON.stringify((await message(ask('strict-1', 'write to the contact', { tools }))).content[0].input));
  },
  'gate: a blocked answer ends as a refusal': async () => {
    const a = await message(ask('blocked-1', 'say the forbidden word'));
    assert.equal(a.stop_reason, 'refusal');
    unsaid(said(a));
  },
});
