import { failed } from '@/components/Toast';
import { ask } from '@/lib/api';

/** Signs out; the page starts anew so that nothing of the person stays in memory. */
export async function signOut() {
  await ask('DELETE', '/api/v1/session').catch(failed);
  location.assign('/sign-in');
}
