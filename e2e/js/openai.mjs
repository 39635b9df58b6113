import OpenAI from 'openai';
import { address, assert, endpoint, eventually, fails, masked, run, unicode, unsaid, waitedAsTold, watching } from './cases.mjs';

const client = (more = {}) =>
  new OpenAI({ baseURL: endpoint.baseURL + '/v1', apiKey: endpoint.key, maxRetries: 0, ...more });

const user = (content) => [{ role: 'user', content }];

const properties = { to: { type: 'string' }, body: { type: 'string' }, city: { type: 'string' } };
const tools = ['send_mail', 'look_up'].map((name) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties } },
}));
const flatTools = tools.map((t) => ({ type: 'function', strict: false, ...t.function }));

// chat asks whole and streamed, compares both, and returns the first choice.
async function chat(params, c = client()) {
  const whole = await c.chat.completions.create(params);
  const stream = c.chat.completions.stream({ ...params, stream_options: { include_usage: true } });
  const sum = await stream.finalChatCompletion();
  const view = (a) => a.choices.map((x) => [x.message.content, x.finish_reason,
    (x.message.tool_calls ?? []).map((t) => [t.function.name, t.function.arguments])]);
  assert.deepEqual(view(sum), view(whole));
  assert.deepEqual(sum.usage.total_tokens, whole.usage.total_tokens);
  return whole.choices[0];
}

// filtered asks for a stream by hand: the SDK's helper throws on filtered content.
async function filtered(params) {
  const whole = await client().chat.completions.create(params);
  let text = '', finish;
  for await (const chunk of await client().chat.completions.create({ ...params, stream: true })) {
    text += chunk.choices[0]?.delta?.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
  }
  assert.equal(whole.choices[0].finish_reason, 'content_filter');
  assert.equal(finish, 'content_filter');
  assert.equal(text, whole.choices[0].message.content ?? '');
  return text;
}

// respond does the same for the Responses API and returns the response.
async function respond(params) {
  const whole = await client().responses.create(params);
  let text = '';
  const stream = client().responses.stream(params);
  stream.on('response.output_text.delta', (event) => (text += event.delta));
  const sum = await stream.finalResponse();
  const view = (a) => [a.status, a.output_text, a.output.map((item) => [item.type, item.name, item.arguments])];
  assert.deepEqual(view(sum), view(whole));
  assert.equal(text, whole.output_text);
  return whole;
}

await run({
  'a text comes back, streamed as whole': async () => {
    const a = await chat({ model: 'echo', messages: user('The quick brown fox.') });
    assert.equal(a.message.content, 'The quick brown fox.');
  },
  'a conversation of several turns is taken': async () => {
    const a = await chat({ model: 'echo', messages: [{ role: 'system', content: 'You repeat.' }, ...user('First.'),
      { role: 'assistant', content: 'First.' }, ...user('Second.')] });
    assert.equal(a.message.content, 'Second.');
  },
  'unicode arrives as it was sent': async () => {
    assert.equal((await chat({ model: 'echo', messages: user(unicode) })).message.content, unicode);
  },
  'a large body arrives whole': async () => {
    const said = 'All work and no play makes this a long text. '.repeat(500);
    assert.equal((await chat({ model: 'echo', messages: user(said) })).message.content, said);
  },
  'tools are called in parallel, and their results answered': async () => {
    const messages = user('Please call look_up with {"city":"Oslo"} and call look_up with {"city":"Rome"}.');
    const a = await chat({ model: 'echo', tools, messages });
    assert.deepEqual(a.message.tool_calls.map((t) => t.function.arguments), ['{"city":"Oslo"}', '{"city":"Rome"}']);
    const results = a.message.tool_calls.map((t) => ({ role: 'tool', tool_call_id: t.id, content: 'Cold.' }));
    const b = await chat({ model: 'echo', tools, messages: [...messages, a.message, ...results] });
    assert.equal(b.message.content, 'Cold.\nCold.');
  },
  'a structured answer fits its schema': async () => {
    const schema = { type: 'object', additionalProperties: false, required: ['name'], properties: { name: { type: 'string' } } };
    const a = await client().chat.completions.parse({ model: 'echo', messages: user('Lisbon'),
      response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true, schema } } });
    assert.deepEqual(JSON.parse(a.choices[0].message.content), { name: 'Lisbon' });
  },
  'a response comes back, streamed as whole': async () => {
    assert.equal((await respond({ model: 'echo', input: unicode, instructions: 'You repeat.' })).output_text, unicode);
  },
  'a response calls tools': async () => {
    const a = await respond({ model: 'echo', tools: flatTools, input: 'Please call look_up with {"city":"Oslo"}.' });
    assert.deepEqual(a.output.map((item) => item.arguments), ['{"city":"Oslo"}']);
  },
  'a legacy completion comes back, streamed as whole': async () => {
    const whole = await client().completions.create({ model: 'echo', prompt: 'Once upon a time' });
    let text = '';
    for await (const chunk of await client().completions.create({ model: 'echo', prompt: 'Once upon a time', stream: true })) {
      text += chunk.choices[0]?.text ?? '';
    }
    assert.equal(text, 'Once upon a time');
    assert.equal(whole.choices[0].text, text);
  },
  'embeddings are unit vectors': async () => {
    const a = await client().embeddings.create({ model: 'echo', input: ['one', 'two'], dimensions: 16 });
    assert.equal(a.data.length, 2);
    assert.equal(a.data[1].embedding.length, 16);
    assert.ok(Math.abs(a.data[1].embedding.reduce((s, f) => s + f * f, 0) - 1) < 1e-3);
  },
  'models are listed': async () => {
    let n = 0;
    for await (const model of client().models.list()) n += model.object === 'model' ? 1 : 0;
    assert.ok(n > 0);
  },
  'a wrong key is an authentication error': async () => {
    const error = await fails(client({ apiKey: 'sp-0000000000000000000000000000' }).chat.completions.create({ model: 'echo', messages: user('hi') }));
    assert.ok(error instanceof OpenAI.AuthenticationError, String(error));
  },
  'a malformed parameter is a bad request': async () => {
    const error = await fails(client().chat.completions.create({ model: 'echo', messages: user('hi'), temperature: 'very hot' }));
    assert.ok(error instanceof OpenAI.BadRequestError, String(error));
    assert.equal(error.type, 'invalid_request_error');
  },
  "an upstream's refusal comes through": async () => {
    const error = await fails(client().chat.completions.create({ model: 'echo', stream: true, messages: user('fail as a bad request') }));
    assert.ok(error instanceof OpenAI.BadRequestError, String(error));
  },
  "an upstream's outage is an error of the dialect": async () => {
    const error = await fails(client().chat.completions.create({ model: 'broken-1', messages: user('fail as an outage') }));
    assert.ok(error instanceof OpenAI.InternalServerError, String(error));
  },
  'a limited caller waits as told and succeeds': async () => {
    const { seen, fetch } = watching();
    const c = client({ maxRetries: 3, fetch });
    for (let i = 0; i < 2; i++) await c.chat.completions.create({ model: 'limited-1', messages: user('rate me, openai in javascript') });
    waitedAsTold(seen);
  },
  'hanging up in the middle frees the gate': async () => {
    const stream = await client().chat.completions.create({ model: 'single-1', stream: true, messages: user('be slow') });
    for await (const _ of stream) break;
    stream.controller.abort();
    await eventually(() => client().chat.completions.create({ model: 'single-1', messages: user('hi') }));
  },
  "gate: a model outside the key's scope is refused": async () => {
    const error = await fails(client({ apiKey: endpoint.narrow }).chat.completions.create({ model: 'another-model', messages: user('hi') }));
    assert.ok(error instanceof OpenAI.PermissionDeniedError || error instanceof OpenAI.NotFoundError, String(error));
  },
  'gate: an address in the prompt is masked': async () => {
    masked((await chat({ model: 'strict-1', messages: user(`Please write to ${address} today.`) })).message.content);
  },
  'gate: an address in the answer is masked': async () => {
    masked((await chat({ model: 'strict-1', messages: user('who is the contact') })).message.content);
  },
  'gate: an address in tool arguments is masked': async () => {
    masked((await chat({ model: 'strict-1', tools, messages: user('write to the contact') })).message.tool_calls[0].function.arguments);
  },
  'gate: an address in a response is masked': async () => {
    masked((await respond({ model: 'strict-1', input: 'who is the contact' })).output_text);
  },
  'gate: a blocked answer ends as filtered content': async () => {
    unsaid(await filtered({ model: 'blocked-1', messages: user('say the forbidden word') }));
  },
});
