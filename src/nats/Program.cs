using Rivulet.Cli;
using Rivulet.Cli.Hosting;

return await CliProgram.RunAsync(args, CliHost.ForProcess()).ConfigureAwait(false);
