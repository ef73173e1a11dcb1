/** Lists of the sandbox, with the ones that cannot be written to. */
import type { Store } from '../store.ts';
import { crowd } from './hubspot-crowd.ts';
import { enlist } from './hubspot-lists.ts';

const seeds: [id: string, name: string, kind: string, type: string, members: string[]][] = [
  ['701', 'Newsletter', 'MANUAL', '0-1', ['101', '102', '103']],
  [
    '702',
    'Crowd',
    'MANUAL',
    '0-1',
    crowd()
      .slice(0, 250)
      .map(([id]) => id),
  ],
  ['703', 'Nobody yet', 'MANUAL', '0-1', []],
  ['704', 'Event guests 2026 — מוזמנים', 'SNAPSHOT', '0-1', ['104', '108', '109', '110']],
  // Filled by its filters: HubSpot takes nobody on it by hand.
  ['705', 'Customers', 'DYNAMIC', '0-1', ['103']],
  ['706', 'Partner companies', 'MANUAL', '0-2', ['501', '507']],
];

export function seedLists(store: Store, at: string): void {
  for (const [id, name, processingType, objectTypeId, members] of seeds) {
    const body = {
      name,
      processingType,
      objectTypeId,
      processingStatus: 'COMPLETE',
      listVersion: 1,
      createdAt: at,
      updatedAt: at,
      createdById: '1',
      updatedById: '1',
    };
    store.put('lists', { id, key: null, body });
    for (const member of members) enlist(id, member, at, store);
  }
}
