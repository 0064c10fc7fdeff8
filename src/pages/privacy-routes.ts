import express, { type Router } from 'express';
import type { Config } from '../config.js';
import { getContext } from '../http/request.js';
import { redirectToClean, sendPage } from '../http/send-page.js';
import type { Views } from '../http/views.js';
import { createTranslate } from '../texts/texts.js';
import { toPrivacyPage } from './privacy-page.js';

/** GET `/privacy`: what the board holds, about whom, and for how long. */
export function createPrivacyRouter(parts: { views: Views; config: Pick<Config, 'originHours'> }): Router {
  const { views, config } = parts;
  const router = express.Router({ caseSensitive: true, strict: true });

  router.get('/privacy', async (req, res) => {
    const t = createTranslate(getContext(req).lang);
    await sendPage(views, req, res, { view: 'pages/privacy', frame: { title: t('privacy.title') }, locals: toPrivacyPage(t, config.originHours) });
  });

  router.get('/privacy/', (req, res) => redirectToClean(req, res, '/privacy'));

  return router;
}
