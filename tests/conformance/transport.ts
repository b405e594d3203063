import type { TransportUnderTest } from "./connection.ts";
import { testClosing } from "./transport_closing.ts";
import { testDelivery } from "./transport_delivery.ts";
import { testDialling } from "./transport_dialling.ts";

/** Registers what every transport must pass. */
export function testTransport(subject: TransportUnderTest): void {
  testDialling(subject);
  testDelivery(subject);
  testClosing(subject);
}
