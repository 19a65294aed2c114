import { notifications } from '@mantine/notifications';
import { toProblem } from '@/api/problem';
import { problemText } from '@/app/problemText';

/** Tells that something is done. */
export function said(text: string): void {
  notifications.show({ message: text, color: 'teal', autoClose: 5000 });
}

/** Tells what went wrong, and what to do. Stays until it is closed. */
export function failed(error: unknown): void {
  const { title, todo } = problemText(toProblem(error));
  notifications.show({ title, message: todo, color: 'red', autoClose: false });
}
