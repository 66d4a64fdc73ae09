using Rivulet.Cli;
using Rivulet.Cli.Hosting;

return CliProgram.Run(args, CliHost.ForProcess());
