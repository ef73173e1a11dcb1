#!/usr/bin/env node
/** The command line for people: stop, resume, approve, look and verify. Everything goes through `/ops/v1`. */
import { runCommandLine } from './lib/run.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), process.env, process);
