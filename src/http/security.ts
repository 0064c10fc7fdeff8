import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/** Browser features that no page of the board uses. */
const FEATURES_OFF = [
  'accelerometer', 'autoplay', 'camera', 'display-capture', 'encrypted-media', 'fullscreen', 'geolocation', 'gyroscope', 'hid',
  'idle-detection', 'magnetometer', 'microphone', 'midi', 'payment', 'picture-in-picture', 'publickey-credentials-get',
  'screen-wake-lock', 'serial', 'usb', 'xr-spatial-tracking',
];

/**
 * The headers that every answer of the board carries, pages and errors alike: nothing from elsewhere, no inline script or style,
 * HTML enters a page by script only through the policy `quoth`. Pictures may come from `mediaOrigin` too. The referrer stays within the site, but is not switched off:
 * browsers would then send `Origin: null` with forms, and the same-site check could not tell them from foreign ones.
 */
export function toSecurityHeaders(publicOrigin: string | undefined, mediaOrigin?: string): Readonly<Record<string, string>> {
  const isSecure = publicOrigin?.startsWith('https:') ?? false;
  const setHeaders = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: toContentPolicy(publicOrigin, mediaOrigin) },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    originAgentCluster: false,
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: isSecure && { maxAge: 31_536_000, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  });
  const req = new IncomingMessage(new Socket());
  const res = new ServerResponse(req);
  setHeaders(req, res, () => undefined);
  res.setHeader('Permissions-Policy', FEATURES_OFF.map((feature) => `${feature}=()`).join(', '));
  return Object.freeze(Object.fromEntries(res.getHeaderNames().map((name) => [toHeaderName(name), String(res.getHeader(name))])));
}

/** Makes the middleware that sets the security headers. It stands before everything that can answer. */
export function createSecurity(options: { publicOrigin: string | undefined; mediaOrigin?: string }): (req: IncomingMessage, res: ServerResponse, next: () => void) => void {
  const headers = Object.entries(toSecurityHeaders(options.publicOrigin, options.mediaOrigin));
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    res.removeHeader('X-Powered-By');
    next();
  };
}

function toContentPolicy(publicOrigin: string | undefined, mediaOrigin: string | undefined): Record<string, string[]> {
  const media = mediaOrigin === undefined ? [] : [mediaOrigin];
  return {
    'default-src': ["'none'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'", 'blob:', ...media],
    'media-src': ["'self'", ...media],
    // Older Safari does not take 'self' for web sockets.
    'connect-src': publicOrigin === undefined ? ["'self'"] : ["'self'", publicOrigin.replace(/^http/, 'ws')],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
    'base-uri': ["'none'"],
    'object-src': ["'none'"],
    'require-trusted-types-for': ["'script'"],
    'trusted-types': ['quoth'],
  };
}

/** `x-frame-options` as `X-Frame-Options`. */
function toHeaderName(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_all, dash: string, letter: string) => dash + letter.toUpperCase());
}
