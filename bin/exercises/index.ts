/** The scripted exercises: one file each, with what happens, what is expected, and what is asked. */
import type { ScenarioName } from '../../shared/exercise.ts';
import type { Script } from '../lib/exercise/script.ts';
import { accidentalSend } from './accidental-send.ts';
import { budgetOverrun } from './budget-overrun.ts';
import { dataLeak } from './data-leak.ts';
import { unauthorisedAccess } from './unauthorised-access.ts';
import { wrongSegment } from './wrong-segment.ts';

export const scripts: Readonly<Record<ScenarioName, Script>> = {
  'accidental-send': accidentalSend,
  'wrong-segment': wrongSegment,
  'budget-overrun': budgetOverrun,
  'unauthorised-access': unauthorisedAccess,
  'data-leak': dataLeak,
};
