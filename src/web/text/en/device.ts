/** The page of one device. */
import { deviceForms } from './device-forms.ts';

export const device = { form: deviceForms };
