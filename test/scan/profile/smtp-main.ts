/** An SMTP server on the address in argv[2], port 25, for a process of its own inside a namespace. */
import { SMTPServer } from 'smtp-server';

const server = new SMTPServer({ name: 'mail.lan', banner: 'netureon lab', authOptional: true });
server.on('error', error => process.stderr.write(`${error.message}\n`));
server.listen(25, process.argv[2]);
