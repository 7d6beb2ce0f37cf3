import { type ReactNode, type RefObject, useLayoutEffect, useRef } from 'react';

/** Room kept between a popup and the window's edge, in pixels. */
const margin = 8;

/**
 * Something that opens beside its anchor, above everything else: the browser's top layer, so that no
 * scrolling box and no modal cuts it off. Opens upwards where there is no room below.
 */
export function Popup(props: {
  anchor: RefObject<HTMLElement | null>;
  align?: 'start' | 'end';
  /** As wide as its anchor, as lists of options are. */
  isAnchorWide?: boolean;
  className?: string;
  children: ReactNode;
}) {
  const { anchor, align = 'start', isAnchorWide = false } = props;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const popup = box.current;
    if (!popup) return;
    popup.showPopover();
    const place = () => {
      const from = anchor.current?.getBoundingClientRect();
      if (!from) return;
      if (isAnchorWide) popup.style.width = `${from.width}px`;
      const below = innerHeight - from.bottom - margin;
      const above = from.top - margin;
      const opensUp = popup.scrollHeight > below && above > below;
      popup.style.maxHeight = `${Math.max(120, opensUp ? above - margin : below - margin)}px`;
      const { width, height } = popup.getBoundingClientRect();
      const left = align === 'end' ? from.right - width : from.left;
      popup.style.left = `${Math.max(margin, Math.min(left, innerWidth - width - margin))}px`;
      popup.style.top = `${opensUp ? from.top - height - 4 : from.bottom + 4}px`;
    };
    place();
    const resized = new ResizeObserver(place);
    resized.observe(popup);
    addEventListener('resize', place);
    addEventListener('scroll', place, true);
    return () => {
      resized.disconnect();
      removeEventListener('resize', place);
      removeEventListener('scroll', place, true);
    };
  }, [anchor, align, isAnchorWide]);
  return (
    <div ref={box} popover="manual" className={`popup ${props.className ?? ''}`}>
      {props.children}
    </div>
  );
}
