import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const MoreIcon = () => (
  <Icon>
    <circle cx="3.2" cy="8" r="1.35" />
    <circle cx="8" cy="8" r="1.35" />
    <circle cx="12.8" cy="8" r="1.35" />
  </Icon>
);

export const CaretIcon = () => (
  <Icon>
    <path className="line" d="M4 6.2 8 10l4-3.8" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path className="line" d="m4 4 8 8M12 4l-8 8" />
  </Icon>
);

export const ReplyIcon = () => (
  <Icon>
    <path className="line" d="M2.5 3.5h11v7.5H8.2L5 13.5V11H2.5z" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M2 13.6V9.3L9.2 8 2 6.7V2.4L14.4 8z" />
  </Icon>
);

export const MenuIcon = () => (
  <Icon>
    <path className="line" d="M2.5 4h11M2.5 8h11M2.5 12h11" />
  </Icon>
);

export const BoltIcon = () => (
  <Icon>
    <path className="line" d="M9 1.8 3.5 9H8l-1 5.2L12.5 7H8z" />
  </Icon>
);

export const EyeIcon = () => (
  <Icon>
    <path className="line" d="M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8z" />
    <circle cx="8" cy="8" r="1.8" />
  </Icon>
);
