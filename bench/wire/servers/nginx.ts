/** The frame of every nginx configuration here: one worker in the foreground, all files in one folder. */

/** Where an nginx lives. */
export interface Site {
  readonly folder: string;
  readonly port: number;
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** A whole configuration around what the `http` block is to hold. */
export function nginxConfig({ folder, port }: Site, http: string, modules: string[] = []): string {
  return `${modules.map((path) => `load_module ${path};\n`).join('')}
${process.getuid?.() === 0 ? 'user root root;' : ''}
daemon off;
worker_processes 1;
pid ${folder}/nginx-${port}.pid;
error_log ${folder}/nginx-${port}.log;
events { worker_connections 1024; }
http {
  access_log off;
  sendfile on;
  keepalive_requests 100000000;
  ${TEMPORARY.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  ${http}
}
`;
}
