/**
 * A spot market on one machine: an emulator of EC2 keeps the books, and this plays what the books
 * do not do. Start at {@link io.millrace.infra.market.SpotMarket}; {@link
 * io.millrace.infra.market.MarketScript} says what happens to whom.
 */
@NullMarked
package io.millrace.infra.market;

import org.jspecify.annotations.NullMarked;
