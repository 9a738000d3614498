import type { Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { readSteps } from '../openai/script.ts';
import { readTranscripts } from '../openai/transcription.ts';
import { control, controlBody, ControlError } from './answers.ts';

/** Mounted at `/control/openai`. Posted steps are added to those that are left. */
export function createOpenAiControl(context: SandboxContext): Router {
	const router = express.Router();
	router.post(
		'/script',
		control((req) => {
			const steps = readSteps(controlBody(req));
			if (typeof steps === 'string') throw new ControlError(400, `${steps}.`);
			context.store.current.openai.steps.push(...steps);
			context.store.changed();
			return { steps: context.store.current.openai.steps.length };
		}),
	);
	router.delete(
		'/script',
		control(() => {
			context.store.current.openai.steps = [];
			context.store.current.openai.requests = [];
			context.store.current.openai.transcripts = [];
			context.store.current.openai.transcriptions = [];
			context.store.changed();
			return { steps: 0 };
		}),
	);
	router.get('/script', control(() => ({ data: context.store.current.openai.steps })));
	router.get('/requests', control(() => ({ data: context.store.current.openai.requests })));
	router.post(
		'/transcripts',
		control((req) => {
			const transcripts = readTranscripts(controlBody(req));
			if (typeof transcripts === 'string') throw new ControlError(400, `${transcripts}.`);
			context.store.current.openai.transcripts.push(...transcripts);
			context.store.changed();
			return { transcripts: context.store.current.openai.transcripts.length };
		}),
	);
	router.get('/transcriptions', control(() => ({ data: context.store.current.openai.transcriptions })));
	return router;
}
