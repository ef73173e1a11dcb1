/** What makes pages faster where script runs; without it every page works. */
import { copyIds } from './copy.js';
import { keepTime } from './time.js';
import { keepUp } from './live.js';
import { listen } from './keys.js';
import { watchReceipt } from './receipt.js';
import { signInByLink } from './sign-in.js';

signInByLink();
keepTime();
copyIds();
keepUp();
watchReceipt();
listen();
