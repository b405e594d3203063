/**
 * A command that only holds others.
 *
 * @module
 */
import { Command, type CommanderError } from "commander";

/** Hands what it is set to on to the commands that it holds: commander does so for those alone that it makes itself. */
export class GroupCommand extends Command {
  override copyInheritedSettings(source: Command): this {
    super.copyInheritedSettings(source);
    for (const command of this.commands) command.copyInheritedSettings(this);
    return this;
  }

  override exitOverride(callback?: (error: CommanderError) => never | void): this {
    super.exitOverride(callback);
    for (const command of this.commands) command.exitOverride(callback);
    return this;
  }
}
