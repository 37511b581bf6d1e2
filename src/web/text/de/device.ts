/** Die Seite eines Geräts. */
import type { Texts } from '../en.ts';
import { deviceForms } from './device-forms.ts';

export const device: Texts['device'] = { form: deviceForms };
