import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './app/global.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from '@tanstack/react-router';
import { nonce } from '@/app/nonce';
import { Providers } from '@/app/Providers';
import { makeRouter } from '@/app/router';
import { loadWords } from '@/i18n';

// The dialogs of Mantine add a style that stops scrolling (react-remove-scroll); it knows its nonce by this name only.
Object.assign(globalThis, { __webpack_nonce__: nonce() });

const element = document.getElementById('root');
if (element === null) throw new Error('index.html has no #root');
const root = createRoot(element);

void loadWords().then(
  () =>
    root.render(
      <StrictMode>
        <Providers>
          <RouterProvider router={makeRouter()} />
        </Providers>
      </StrictMode>,
    ),
  // Without words there is nothing to say it with but this.
  () => root.render(<p role="alert">Holter: the server does not answer. Load the page again. / 服务器没有响应，请重新加载页面。</p>),
);
