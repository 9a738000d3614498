import OpenAI from 'openai';
import { parseArgs } from 'node:util';
import { loadDialogues } from './dialogue.ts';
import { evalTable, evaluate } from './eval.ts';

const USAGE = `npm run eval -- --base-url URL --model NAME [--k 8] [--only TEXT] [--api-key-env OPENAI_API_KEY] [--price-in 0.25 --price-out 2]
  Plays the dialogues of test/dialogues with any OpenAI-compatible model, with the guard on and off.
  --only        dialogues whose topic or name contains this
  --price-in    price of a million input tokens; --price-out of a million output tokens`;

const { values } = parseArgs({
	options: {
		'base-url': { type: 'string' }, model: { type: 'string' }, k: { type: 'string', default: '8' }, only: { type: 'string', default: '' },
		'api-key-env': { type: 'string', default: 'OPENAI_API_KEY' }, 'price-in': { type: 'string', default: '0' }, 'price-out': { type: 'string', default: '0' }, help: { type: 'boolean', default: false },
	},
});
const numbers = { k: Number(values.k), priceIn: Number(values['price-in']), priceOut: Number(values['price-out']) };
const dialogues = loadDialogues().filter(({ name, topic }) => `${topic} ${name}`.includes(values.only));
const wrong = !values['base-url'] ? '--base-url is missing.' : !values.model ? '--model is missing.' : !Number.isInteger(numbers.k) || numbers.k < 1 ? `--k must be a whole number from 1, not "${values.k}".`
	: Number.isNaN(numbers.priceIn + numbers.priceOut) ? 'Prices are numbers.' : dialogues.length === 0 ? `No dialogue's topic or name contains "${values.only}".` : '';
if (values.help || wrong !== '') {
	console.error(wrong === '' ? USAGE : `${wrong}\n\n${USAGE}`);
	process.exit(values.help ? 0 : 2);
}

const client = new OpenAI({ baseURL: values['base-url'] ?? null, apiKey: process.env[values['api-key-env']] ?? 'none', maxRetries: 2 });
const model = values.model ?? '';
// A model that can't be asked at all would fail dialogue by dialogue, and the table would look like its own fault.
try {
	await client.chat.completions.create({ model, messages: [{ role: 'user', content: 'Answer with one word.' }] });
} catch (error) {
	console.error(`${model} at ${values['base-url']} does not answer: ${error instanceof Error ? error.message : String(error)} Check --base-url (it ends in /v1), --model and ${values['api-key-env']}.`);
	process.exit(1);
}
const rows = await evaluate(dialogues, {
	client, model, ...numbers,
	onProgress: (done, of) => process.stderr.write(`\r  ${done} of ${of} …`),
});
process.stderr.write('\n');
console.log(evalTable(rows, model, numbers.k));
